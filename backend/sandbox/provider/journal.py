"""Appends lines to a file that survives the process."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec


class Journal:
    """A file of lines; without a path it stores nothing and has no lines."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: int | None = None

    def lines(self) -> Iterator[bytes]:
        """Give the lines of an earlier process, without a line that its end cut off."""
        if self._path is None or not self._path.exists():
            return
        with self._path.open("rb") as kept:
            for line in kept:
                if line.endswith(b"\n") and line.strip():
                    yield line

    def append(self, entry: object) -> None:
        if self._path is None:
            return
        if self._file is None:
            self._file = _open(self._path)
        os.write(self._file, msgspec.json.encode(entry) + b"\n")

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _open(path: Path) -> int:
    """Open for appending, behind a torn last line that must not swallow the next one."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        os.ftruncate(file, _end_of_the_last_whole_line(path))
    return file


def _end_of_the_last_whole_line(path: Path) -> int:
    return path.read_bytes().rfind(b"\n") + 1
