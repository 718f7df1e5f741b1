"""Writes a large body to a file without a name while it arrives.

The file is removed from its folder before a byte is in it (where the system can, it never has a
name). So only this process and the helper can open it, and nothing is left after a crash.
"""

import asyncio
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from backend.core.errors import Unavailable
from backend.core.log import log

WRITTEN_AT_ONCE: Final = 256 * 1024
"""Bytes that are collected before a thread writes them: a slow disk holds up nobody else."""
AGAIN_SECONDS: Final = 30


class NoRoomForBody(Unavailable):
    """The hub has no room for a large message just now. Nothing was stored; send it again later."""

    code = "no_room_for_body"


class Spool:
    """One body in its file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unwritten = bytearray()
        self.size = 0

    @property
    def descriptor(self) -> int:
        return self._file.fileno()

    async def write(self, part: bytes) -> None:
        """Add what has arrived.

        Raises:
            NoRoomForBody: the disk is full, or gone.
        """
        self._unwritten += part
        if len(self._unwritten) >= WRITTEN_AT_ONCE:
            await self.flush()

    async def flush(self) -> None:
        """Write what was collected.

        Raises:
            NoRoomForBody: the disk is full, or gone.
        """
        collected, self._unwritten = self._unwritten, bytearray()
        with _said_if_full():
            await asyncio.to_thread(_write_all, self.descriptor, collected)
        self.size += len(collected)


@contextmanager
def spool_in(folder: str) -> Iterator[Spool]:
    """Have a file of mode 0600 for the block.

    Args:
        folder: where; empty for the machine's own temporary folder.

    Raises:
        NoRoomForBody: no file can be made there.
    """
    with _said_if_full():
        file = tempfile.TemporaryFile(dir=folder or None, buffering=0)  # noqa: SIM115  # closed below
    try:
        yield Spool(file)
    finally:
        file.close()


@contextmanager
def _said_if_full() -> Iterator[None]:
    try:
        yield
    except OSError as failed:
        log.error("spool_failed", error=type(failed).__name__, code=failed.errno)
        raise NoRoomForBody(retry_after=AGAIN_SECONDS) from failed


def _write_all(descriptor: int, collected: bytearray) -> None:
    left = memoryview(collected)
    while left:
        left = left[os.write(descriptor, left) :]
