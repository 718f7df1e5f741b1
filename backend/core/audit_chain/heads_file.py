"""The file of heads: only ever appended to, whole lines, on the disk before anybody goes on."""

import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from backend.core.audit_chain.heads import LONGEST_LINE, Head, read_heads

EVERY: Final = timedelta(hours=1)
_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class NotAFile(OSError):
    """Something else than a file stands at this path: a link, a pipe, a device."""


def append_when_due(path: Path, at: datetime, make: Callable[[], Head]) -> tuple[Head, Head | None]:
    """Append a head if the newest one is an hour old; of several processes, one does so.

    Args:
        path: of the file, which is made if it is not there.
        at: the time now.
        make: gives the head, once it is known to be needed.

    Returns:
        The newest head of the file, and the one that was its newest before (None: none).

    Raises:
        OSError: it cannot be opened, read or written.
    """
    with _locked(path) as file:
        before = _newest(file)
        if before is not None and before.at <= at < before.at + EVERY:
            return before, before
        head = make()
        torn = _size(file) > 0 and os.pread(file, 1, _size(file) - 1) != b"\n"
        _write(file, (b"\n" if torn else b"") + head.line())
        os.fsync(file)
        return head, before


def heads_in(path: Path) -> list[Head]:
    """Read all heads of a file, or of a copy of it.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    with path.open("rb") as file:
        return list(read_heads(file))


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    file = _opened(path)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise NotAFile(str(path))
        fcntl.flock(file, fcntl.LOCK_EX)  # the close gives it back
        yield file
    finally:
        os.close(file)


def _opened(path: Path) -> int:
    try:
        return os.open(path, _FLAGS)
    except FileNotFoundError:
        made = os.open(path, _FLAGS | os.O_CREAT, 0o600)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # else the file itself may be gone after a power cut
    finally:
        os.close(folder)
    return made


def _newest(file: int) -> Head | None:
    """Read the last head: lines behind it that are none are passed over."""
    size = _size(file)
    reach = LONGEST_LINE * 4
    while True:
        begin = max(0, size - reach)
        lines = os.pread(file, size - begin, begin).split(b"\n")
        found = list(read_heads(lines if begin == 0 else lines[1:]))
        if found or begin == 0:
            return found[-1] if found else None
        reach *= 4


def _size(file: int) -> int:
    return os.fstat(file).st_size


def _write(file: int, line: bytes) -> None:
    """Write all of it at once; a disk that takes only a part is full."""
    if os.write(file, line) != len(line):
        raise OSError("the head was not written whole")
