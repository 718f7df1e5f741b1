"""Bounds how many bodies of some size an API holds in memory; the others wait outside, unread."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from backend.api.large_bodies.turns import AGAIN_SECONDS, TooManyLargeBodies

HELD_FREELY: Final = 64 * 1024
"""Bytes of a body that is announced as so small and counts for nothing."""
MOST_HELD: Final = 24
"""Larger bodies that one API reads and stores itself at once: with 1 MB each, 60 MB of memory."""
MOST_HELD_OF_ONE: Final = 6
"""Bodies of one facility among them: as many as four facilities cannot fill."""
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
        self._patience = patience

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
