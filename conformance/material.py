"""Where the outside material lies, and how a part that ran over it ends."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from typer import echo

SHARED: Final = Path(__file__).parents[1].parent / "shared" / "data"
MOST_SAID: Final = 50
"""Lines of what is wrong; they are counted beyond that."""


def folder_told(argument: Sequence[str], usual: str) -> Path:
    """Give the folder that was named, or where it usually lies."""
    folder = Path(argument[0]) if argument else SHARED / usual
    if not folder.is_dir():
        raise SystemExit(f"there are no files at {folder}")
    return folder


def end_with(wrong: Sequence[str]) -> NoReturn:
    """Say what is wrong, and end with 1; with 0 where nothing is."""
    for line in wrong[:MOST_SAID]:
        echo(line, err=True)
    if len(wrong) > MOST_SAID:
        echo(f"and {len(wrong) - MOST_SAID} more", err=True)
    raise SystemExit(1 if wrong else 0)
