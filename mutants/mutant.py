"""One way to break the hub: a patch that begins with the test that must see it, and what breaks."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


class NotRunnable(Exception):
    """The list of mutants is wrong, so that nothing it says could be believed."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """What a patch file says about itself."""

    path: Path
    test: str
    """The pytest node that must fail."""
    breaks: str
    """One sentence for the table."""

    @property
    def name(self) -> str:
        return self.path.stem


def read_mutant(path: Path) -> Mutant:
    """Read the two lines a patch begins with.

    Raises:
        NotRunnable: one is missing.
    """
    first, second, *_ = [*path.read_text().splitlines(), "", ""]
    if not first.startswith("# test: ") or not second.startswith("# breaks: "):
        raise NotRunnable(f"{path.name} does not begin with «# test:» and «# breaks:»")
    return Mutant(path, first.removeprefix("# test: "), second.removeprefix("# breaks: "))
