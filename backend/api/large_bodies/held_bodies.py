"""Bounds how many bodies of some size an API holds in memory; the others wait outside, unread."""

import asyncio
import gc
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from backend.api.large_bodies.turns import AGAIN_SECONDS, TooManyLargeBodies

HELD_FREELY: Final = 64 * 1024
"""Bytes of a body that is announced as so small and counts for nothing."""
MOST_HELD: Final = 16
"""Larger bodies that one API holds at once, from the first byte to the answer."""
MOST_HELD_OF_ONE: Final = 4
"""Bodies of one facility among them."""
MOST_STORED: Final = 4
"""Bodies among them that are parsed and stored at once, which takes ten times their size. It is
enough to keep the process busy, and no sender can draw it out."""
MOST_LEFT: Final = 8 * 1024 * 1024
"""Bytes of bodies that have been answered, and may still be held as garbage."""
WAIT_SECONDS: Final = 30.0


class HeldBodies:
    """Room for bodies in memory."""

    def __init__(
        self, most: int = MOST_HELD, most_of_one: int = MOST_HELD_OF_ONE,
        patience: float = WAIT_SECONDS,
    ) -> None:  # fmt: skip
        self._all = asyncio.Semaphore(most)
        self._of: defaultdict[UUID, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(most_of_one)
        )
        self._stored = asyncio.Semaphore(MOST_STORED)
        self._patience = patience
        self._left = 0
        """Bytes of bodies since the last search for garbage."""

    @asynccontextmanager
    async def storing(self, size: int) -> AsyncIterator[None]:
        """Have room to parse and store one body of so many bytes, for the block.

        A request and its scope refer to each other and hold the body, until Python looks for
        such garbage. Python counts objects for that, and never bytes; here bytes count.

        Raises:
            TooManyLargeBodies: there was none in time.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._stored.acquire()
        except TimeoutError:
            raise TooManyLargeBodies(retry_after=AGAIN_SECONDS) from None
        try:
            yield
        finally:
            self._stored.release()
            self._left += size
            if self._left > MOST_LEFT:
                self._left = 0
                asyncio.get_running_loop().call_soon(gc.collect)

    @asynccontextmanager
    async def room(self, facility: UUID) -> AsyncIterator[None]:
        """Have room for one body of this facility for the block.

        Raises:
            TooManyLargeBodies: there was none in time.
        """
        own = self._of[facility]
        try:
            async with asyncio.timeout(self._patience):
                await own.acquire()
                try:
                    await self._all.acquire()
                except BaseException:
                    own.release()
                    raise
        except TimeoutError:
            raise TooManyLargeBodies(retry_after=AGAIN_SECONDS) from None
        try:
            yield
        finally:
            self._all.release()
            own.release()
