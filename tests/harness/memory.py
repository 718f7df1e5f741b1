"""Where the tests keep what they throw away: in memory, if the machine lends enough of it.

A PostgreSQL is made for many tests and thrown away after them; a disk takes longer to keep it than
the tests take to use it.
"""

import os
import tempfile
from pathlib import Path

ENOUGH = 4 * 1024**3
"""Bytes free before the first test; a whole run has held less than a quarter of them at once."""


def keep_in_memory(lent: Path = Path("/dev/shm")) -> None:  # noqa: S108  # Linux lends it under this name
    """Make `lent` the folder for temporary files here and in processes that tests start.

    A `TMPDIR` that is set already stays, and so does the usual folder where `lent` is absent, has
    less than `ENOUGH` room, or may hold no program (some tests make one and run it).
    """
    if "TMPDIR" not in os.environ and has_room(lent, ENOUGH):
        os.environ["TMPDIR"] = tempfile.tempdir = str(lent)


def has_room(folder: Path, size: int) -> bool:
    """Say whether the folder is there, has `size` bytes free, and may hold programs."""
    if not folder.is_dir():
        return False
    about = os.statvfs(folder)
    free = about.f_bavail * about.f_frsize
    return free >= size and not about.f_flag & (os.ST_NOEXEC | os.ST_RDONLY)
