"""Finds phrases in what people write: whole words, with their accents, in whatever spelling.

A text is read as clauses of words. Vietnamese marks are compared, wherever a keyboard puts the tone
(«tuý» is «túy»). Only a clause without a single mark is compared without them: its writer left them
all out. Commas and full stops end a clause, and no phrase goes over its end. Blanks, line ends,
hyphens and strokes part words; what nobody sees (zero-width signs, soft hyphens) does not.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from unicodedata import normalize

from backend.core.i18n import in_plain_letters

_TONES: Final = frozenset("\u0300\u0301\u0303\u0309\u0323")
"""The tones of Vietnamese, as combining marks: grave, acute, tilde, hook above, dot below."""
UNSEEN: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e007f"
)
"""What no screen shows and no reader misses, as a range of a regular expression."""
LATIN: Final = str.maketrans(
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0391\u0392\u0395\u0396"
    "\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03b9",
    "ABEKMHOPCTXIJSaeopcyxijsABEZHIKMNOPTYXoi",
)
"""Letters of Cyrillic and Greek that look like one of Latin, each with that one."""
_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
_INITIALS: Final = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_PARTS: Final = re.compile(r"[^\W_]+|[.,;:!?()\[\]{}|•…]")
_ENDING: Final = "*"
"""Behind a word of a phrase: whatever ending it has."""
Span = tuple[int, int]
"""The first word of a find in its clause, and the word behind its last."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that stand together, with a blank before and behind each."""

    words: str
    """In small letters, with the tone of each word behind it."""
    as_written: str
    """The same words as they were written."""
    plain: bool
    """Nothing in it has a mark."""


@lru_cache(2048)
def clauses(text: str) -> tuple[Clause, ...]:
    """Read a text of any spelling as its clauses."""
    if not text.isascii():
        text = normalize("NFKC", _UNSEEN.sub("", text)).translate(LATIN)
    text = _INITIALS.sub(lambda found: found[0].replace(".", ""), text)
    found, run = [], list[str]()
    for part in (*_PARTS.findall(text), "."):
        if part[0].isalnum():
            run.append(part)
        elif run:
            found.append(_clause(run))
            run = []
    return tuple(found)


def _clause(parts: Sequence[str]) -> Clause:
    words = _row(map(_comparable, parts))
    return Clause(words, _row(parts), words.isascii() or f" {in_plain_letters(words)} " == words)


def _row(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "


def _comparable(word: str) -> str:
    """Write a word in small letters, with its tone at its end."""
    if word.isascii():
        return word.lower()
    letters = normalize("NFD", word.lower())
    tones = "".join(letter for letter in letters if letter in _TONES)
    return normalize("NFC", "".join(letter for letter in letters if letter not in _TONES)) + tones


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseLists:
    """Phrases as a file of rules says them. A `*` ends a word that may have any ending."""

    names: Sequence[str] = ()
    """Found with their accents, and without in a clause that has none."""
    accented: Sequence[str] = ()
    """Found only with their accents: without, they are something else as well."""
    capitals: Sequence[str] = ()
    """Found only in these capitals and small letters."""
    alone: Sequence[str] = ()
    """Found where they are the whole text."""
    unless: Sequence[str] = ()
    """What has a phrase in it and means something else."""
    together: Sequence[Sequence[str]] = ()
    """Lists of phrases that are found only where all of a list are there."""


class Phrases:
    """Phrases, made ready to be looked for."""

    def __init__(self, lists: PhraseLists) -> None:
        """Compile every list.

        Raises:
            ValueError: a phrase has no word in it.
        """
        without = [phrase for phrase in lists.accented if _is_plain(phrase)]
        self._accented = _pattern([*lists.names, *lists.accented])
        self._plain = _pattern(map(in_plain_letters, [*lists.names, *without]))
        self._capitals = _pattern(lists.capitals, fold=False)
        self._unless = _pattern(lists.unless)
        self._plain_unless = _pattern(map(in_plain_letters, lists.unless))
        self._alone = frozenset(map(_words, lists.alone))
        self._together = [
            [Phrases(PhraseLists(names=[phrase])) for phrase in several]
            for several in lists.together
        ]

    def found(self, texts: Sequence[str]) -> str | None:
        """Give the first words found in one of the texts, as they stand there; None for none."""
        for text in texts:
            read = clauses(text)
            if self._alone and _words(text) in self._alone:
                return _said(read)
            for clause in read:
                for begin, end in self._finds(clause):
                    if not any(first <= begin and end <= last for first, last in self._not(clause)):
                        return " ".join(clause.as_written.split()[begin:end])
        for several in self._together:
            found = [phrase.found(texts) for phrase in several]
            if None not in found:
                return " + ".join(map(str, found))
        return None

    def _finds(self, clause: Clause) -> Iterator[Span]:
        yield from _all_of(self._plain if clause.plain else self._accented, clause.words)
        yield from _all_of(self._capitals, clause.as_written)

    def _not(self, clause: Clause) -> list[Span]:
        pattern = self._plain_unless if clause.plain else self._unless
        return list(_all_of(pattern, clause.words))


def _said(read: Sequence[Clause]) -> str:
    return " ".join(clause.as_written.strip() for clause in read)


def _words(text: str) -> tuple[str, ...]:
    return tuple(clause.words for clause in clauses(text))


def _is_plain(phrase: str) -> bool:
    return all(clause.plain for clause in clauses(phrase.replace(_ENDING, "")))


def _pattern(phrases: Iterable[str], *, fold: bool = True) -> re.Pattern[str] | None:
    """Find at each word the longest of the phrases that begins there."""
    written = sorted({_written(phrase, fold=fold) for phrase in phrases}, key=len, reverse=True)
    return re.compile(f"(?<= )(?=({'|'.join(written)}) )") if written else None


def _written(phrase: str, *, fold: bool) -> str:
    words = [
        re.escape(_comparable(word) if fold else word) + ("[^ ]*" if ends else "")
        for word, ends in re.findall(r"([^\W_]+)(\*?)", normalize("NFC", phrase))
    ]
    if not words:
        raise ValueError("a phrase has no word in it")
    return " ".join(words)


def _all_of(pattern: re.Pattern[str] | None, words: str) -> Iterator[Span]:
    for found in pattern.finditer(words) if pattern else ():
        begin = words.count(" ", 0, found.start()) - 1
        yield begin, begin + found[1].count(" ") + 1
