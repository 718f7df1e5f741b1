"""Lets one pattern find words in every spelling of blanks and letters, and cuts out what it found.

A text is searched as if it had single blanks and nothing unseen; the cut is made in the text as it
was written.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from backend.records.visibility.phrase_rules import LATIN, UNSEEN

_ODD: Final = re.compile(rf"(?:\\[nrtbf]|\\u00[aA]0|[\s\u1680\u3000\u2800{UNSEEN}])+")
"""Blanks of any kind, and what nobody sees; also as JSON writes them within a string."""
_SEEN: Final = re.compile(rf"\\|[^{UNSEEN}]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text with single blanks, and where each of its letters comes from."""

    text: str
    starts: list[int]
    """Where each piece begins in the folded text."""
    shifts: list[int]
    """How far each piece stands farther behind in the text as it was written."""

    def place(self, at: int) -> int:
        """Give the place of a letter in the text as it was written."""
        return at + self.shifts[bisect_right(self.starts, at) - 1]


def folded(text: str) -> Folded:
    """Fold a text, or JSON with such texts in it."""
    pieces, starts, shifts = [], [0], [0]
    end = length = 0
    for odd in _ODD.finditer(text):
        blank = " " if _SEEN.search(odd[0]) else ""
        if odd[0] == blank:
            continue
        pieces += [text[end : odd.start()], blank]
        length += odd.start() - end + len(blank)
        end = odd.end()
        starts.append(length)
        shifts.append(end - length)
    return Folded("".join((*pieces, text[end:])).translate(LATIN), starts, shifts)


def without(text: str, patterns: list[re.Pattern[str]], group: str, instead: str) -> str:
    """Replace what a group of a pattern finds, in any spelling."""
    read = folded(text)
    for pattern in patterns:
        cuts = [found.span(group) for found in pattern.finditer(read.text)]
        if not cuts:
            continue
        for begin, end in reversed(cuts):
            last = read.place(end - 1) + 1
            text = f"{text[: read.place(begin)]}{instead}{text[last:]}"
        read = folded(text)
    return text
