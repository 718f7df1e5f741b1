"""One way to break the hub: what changes in which file, and the test that must see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class NotRunnable(Exception):
    """The list of mutants is wrong, so that nothing it says could be believed."""


@dataclass(frozen=True, slots=True)
class Change:
    """Other lines instead of some lines of one file. White space counts."""

    file: str
    """From the root of the tree."""
    old: str
    """Whole lines that stand in the file exactly once."""
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """Changes that break one thing, and the test that must turn red."""

    name: str
    breaks: str
    """One sentence for the table."""
    test: str
    """The pytest node that must fail."""
    changes: Sequence[Change]


def broken_files(mutant: Mutant, tree: Path) -> dict[str, str]:
    """Give the text of each file that the mutant changes, after its changes.

    Raises:
        NotRunnable: a file is missing, an old text stands in it not once, or nothing changes.
    """
    texts: dict[str, str] = {}
    for change in mutant.changes:
        if not (tree / change.file).is_file():
            raise NotRunnable(f"{mutant.name}: there is no {change.file}")
        text = texts.get(change.file) or (tree / change.file).read_text()
        texts[change.file] = _changed(mutant.name, change, text)
    if not texts:
        raise NotRunnable(f"{mutant.name} changes nothing")
    return texts


def _changed(name: str, change: Change, text: str) -> str:
    if not change.old.strip() or change.old == change.new:
        raise NotRunnable(f"{name} changes nothing in {change.file}")
    times = text.count(change.old)
    if times != 1:
        raise NotRunnable(
            f"{name}: this stands {times} times in {change.file}, not once:\n{change.old}"
        )
    return text.replace(change.old, change.new)
