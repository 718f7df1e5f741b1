"""Reads docs/what_is_shown.md: which element of which kind is shown, and why another is not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "what_is_shown.md"
EVERY_KIND = "Every kind"
_UNSHOWN = "Kinds that are not shown"
_HEADING = re.compile(r"## (.+)")
_ROW = re.compile(r"\| (`.+?) \| (.*\S) \|")
_PATTERN = re.compile(r"`([^`]+)`")
_ANYWHERE = "**"
Fit = tuple[bool, int] | tuple[()]
"""Whether the whole path is named, and how many of its elements by their letters."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: elements, and what is said of them."""

    kind: str
    patterns: tuple[str, ...]
    shown: bool
    says: str

    def fits(self, path: str) -> Fit:
        """Tell how exactly it names the path; a fit that is false does not mean it.

        A pattern means all that stands below it. `*` is any letters of one element, `**` is any
        elements; at the end it makes the pattern as exact as if it named all below.
        """
        return max(_fit(pattern.split("."), path.split(".")) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Page:
    """All rows, by the kind of resource that they are about."""

    rows: Sequence[Row]

    def row_of(self, kind: str, path: str) -> Row | None:
        """Give the row that names the path best; one of its own kind goes before any other."""
        meant = [row for row in self.rows if row.kind in {kind, EVERY_KIND} and row.fits(path)]
        return max(meant, key=lambda row: (row.fits(path), row.kind == kind), default=None)


def read_page(page: Path = PAGE) -> Page:
    return Page(list(_rows(page.read_text("utf-8").splitlines())))


def _rows(lines: Sequence[str]) -> Iterator[Row]:
    kind, shown = "", True
    for line in lines:
        if heading := _HEADING.match(line):
            kind = heading[1].partition(" (")[0]
        elif line.startswith("| shown "):
            shown = True
        elif line.startswith("| not shown "):
            shown = False
        elif (row := _ROW.match(line)) and kind == _UNSHOWN:
            yield from (Row(name, ("*",), False, row[2]) for name in _PATTERN.findall(row[1]))
        elif row := _ROW.match(line):
            yield Row(kind, tuple(_PATTERN.findall(row[1])), shown, row[2])


def _fit(pattern: Sequence[str], path: Sequence[str]) -> Fit:
    if not pattern:
        return (not path, 0)
    first, *rest = pattern
    if first == _ANYWHERE:
        starts = range(len(path)) if rest else [len(path)]
        return max((_fit(rest, path[start:]) for start in starts), default=())
    if not path or not fnmatchcase(path[0], first):
        return ()
    below = _fit(rest, path[1:])
    return below and (below[0], below[1] + ("*" not in first))
