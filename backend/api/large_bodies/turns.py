"""Who may hand a large body in, and who is next: one at a time, and facilities take turns."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from uuid import UUID

from backend.core.errors import Unavailable

MOST_PLACES: Final = 32
"""Large bodies that one API has in hand, whoever sends them: with 28 MiB each, 900 MB of disk."""
MOST_OF_ONE: Final = 8
"""Large bodies of one facility among them."""
WAIT_SECONDS: Final = 120.0
"""How long a body that has arrived waits for its turn: as long as the one before it may take."""
AGAIN_SECONDS: Final = 10


class TooManyLargeBodies(Unavailable):
    """Too many large messages wait already. Nothing was stored; send this one again later."""

    code = "too_many_large_bodies"


class Turns:
    """The places in the queue for the helper, and the order in which it is served."""

    def __init__(
        self, places: int = MOST_PLACES, places_of_one: int = MOST_OF_ONE,
        patience: float = WAIT_SECONDS,
    ) -> None:  # fmt: skip
        self._free = places
        self._most_of_one = places_of_one
        self._patience = patience
        self._taken: Counter[UUID] = Counter()
        self._waiting: dict[UUID, deque[asyncio.Future[None]]] = {}
        self._last: UUID | None = None
        """Whose body is being read; None when nobody's is."""

    @contextmanager
    def place(self, facility: UUID) -> Iterator[None]:
        """Hold a place from before the first byte is written until the answer is there.

        Raises:
            TooManyLargeBodies: this facility, or all together, hold too many.
        """
        if self._free == 0 or self._taken[facility] == self._most_of_one:
            raise TooManyLargeBodies(retry_after=AGAIN_SECONDS)
        self._free -= 1
        self._taken[facility] += 1
        try:
            yield
        finally:
            self._free += 1
            self._taken[facility] -= 1

    @asynccontextmanager
    async def turn(self, facility: UUID) -> AsyncIterator[None]:
        """Wait until it is this facility's turn, and have the helper for the block.

        Raises:
            TooManyLargeBodies: the turn did not come in time.
        """
        if self._last is not None:
            await self._wait(facility)
        self._last = facility
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, facility: UUID) -> None:
        mine = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(facility, deque()).append(mine)
        try:
            async with asyncio.timeout(self._patience):
                await mine
        except TimeoutError:
            self._give_up(facility, mine)
            raise TooManyLargeBodies(retry_after=AGAIN_SECONDS) from None
        except BaseException:
            self._give_up(facility, mine)
            raise

    def _give_up(self, facility: UUID, mine: asyncio.Future[None]) -> None:
        """Leave the queue; a turn that came at the same moment goes to the next one."""
        if mine.done() and not mine.cancelled():
            self._pass_on()
        elif mine in self._waiting.get(facility, ()):
            self._waiting[facility].remove(mine)

    def _pass_on(self) -> None:
        """Give the helper to the facility that waited longest, another than the last if any."""
        for facility in sorted(self._waiting, key=lambda waiting: waiting == self._last):
            queue = self._waiting.pop(facility)
            wanted = [mine for mine in queue if not mine.done()]
            if wanted:
                self._last = facility
                wanted[0].set_result(None)
                self._queue_again(facility, wanted[1:])
                return
        self._last = None

    def _queue_again(self, facility: UUID, waiting: list[asyncio.Future[None]]) -> None:
        """Let the others of this facility wait behind all other facilities."""
        if waiting:
            self._waiting[facility] = deque(waiting)
