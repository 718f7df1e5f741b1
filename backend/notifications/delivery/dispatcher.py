"""Keeps a limited number of calls open, claims ahead what begins next, and writes the answers.

What is claimed ahead waits in the order of its lane. It begins only while its facts are fresh and
its wire deadline is to come: else PostgreSQL is asked again, or it is given back.
"""

import asyncio
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from backend.notifications.delivery.ahead import Ahead
from backend.notifications.delivery.claiming import claim, look_again
from backend.notifications.delivery.claims import Claim
from backend.notifications.delivery.outcomes import AttemptResult, given_back
from backend.notifications.delivery.result_writing import report_ended, unwritten
from backend.notifications.delivery.sending import Providers, send
from backend.notifications.kinds import Lane

_BATCH: Final = 200
_MOST_AHEAD: Final = 100
"""At most as many as are open are claimed ahead, and at most that."""
_AGAIN_SECONDS: Final = 0.5
_RESERVED: Final = 5
"""One more slot for each so many: for codes and people inside the building, when all are taken."""
_FRESH_SECONDS: Final = 0.05
_LEAST_LOOK: Final = 8
"""A look asks of a third of what may be open, and at least of so many: those that begin next."""
_TOO_OLD_SECONDS: Final = 1.0
"""So old facts are read again wherever they stand in line: a suspension waits for it."""
_GATHER_SECONDS: Final = 0.01
"""How long an answer waits for others: one statement writes them."""


@dataclass
class Dispatcher:
    """The open calls of one worker. The database knows everything that it knows."""

    outside: Providers
    worker: str
    lease: float
    margin: float
    in_flight: int
    most_ahead: int = _MOST_AHEAD
    """How many are claimed ahead, and never more than may be open."""
    books: bool = True
    """Whether a claim books texts first; else somebody else does."""
    fresh: float = _FRESH_SECONDS
    """Seconds for which a claim begins without another look."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there may be something to do."""
    open_calls: set[asyncio.Task[None]] = field(default_factory=set)
    answers: asyncio.Queue[AttemptResult] = field(default_factory=asyncio.Queue)
    ahead: Ahead = field(default_factory=Ahead)
    may_be_more: bool = True
    """Whether the last claim gave all that it asked for."""
    calls_end: bool = False
    """Whether a call has ended since the last look: the next ones are to begin soon."""
    is_stopping: bool = False

    async def claim_and_send(self) -> int:
        """Claim what there is room for, and begin what may begin; give the number of claims."""
        await self._look_after_held()
        room, last_lane = self._room()
        if room <= 0:
            return 0
        started = time.monotonic()
        claims = await claim(
            room, worker=self.worker, lease=self.lease, margin=self.margin, monotonic=started,
            last_lane=last_lane, book=self.books,
        )  # fmt: skip
        if last_lane is Lane.BULK:
            self.may_be_more = len(claims) == room
        known_at = time.monotonic()
        self.ahead.add(claims, known_at)
        self._begin(known_at)
        return len(claims)

    @property
    def is_hungry(self) -> bool:
        """Tell whether half of what may be claimed ahead is gone, and more may be there."""
        return self.may_be_more and self._room()[1] is Lane.BULK

    def _room(self) -> tuple[int, Lane]:
        """Give how many to claim now, and the last lane of them: only urgent ones for the rest."""
        most = min(self.in_flight, self.most_ahead)
        free = self.in_flight - len(self.open_calls)
        if free > 0 or 2 * len(self.ahead) < most:
            return min(max(0, free) + most - len(self.ahead), _BATCH), Lane.BULK
        waits = self.ahead.has(Lane.IN_BUILDING)
        return (0 if waits else self._reserved), Lane.IN_BUILDING

    def _slots(self, lane: int) -> int:
        """Give how many calls may be open, this one included, when one of this lane begins."""
        return self.in_flight + (self._reserved if lane <= Lane.IN_BUILDING else 0)

    @property
    def _reserved(self) -> int:
        return max(1, self.in_flight // _RESERVED)

    async def _look_after_held(self) -> None:
        """Give back what is late, and look again at what has waited: it may not be so any more."""
        now = time.monotonic()
        self._give_back(self.ahead.take_late(now))
        waited = self.ahead.known_before(now - _TOO_OLD_SECONDS)
        if not waited and (self.calls_end or self._has_slot(len(self.open_calls))):
            most = max(_LEAST_LOOK, self.in_flight // 3)
            waited = self.ahead.known_before(now - self.fresh / 2, most)
        self.calls_end = False
        if waited:
            changed, gone = await look_again(waited)
            known_at = time.monotonic()
            self._give_back(self.ahead.learn(waited, changed, gone, known_at))
            self._begin(known_at)

    def _begin(self, known_at: float) -> None:
        """Begin what may begin; what was learned at this moment is fresh, however long ago."""
        since = min(known_at, time.monotonic() - self.fresh)
        while (one := self._next(len(self.open_calls), since)) is not None:
            task = asyncio.create_task(self._carry(one))
            self.open_calls.add(task)
            task.add_done_callback(self.open_calls.discard)

    def _has_slot(self, others: int) -> bool:
        """Tell whether the first of those claimed ahead may begin beside so many other calls."""
        return any(
            others < self._slots(lane) and self.ahead.has(lane)
            for lane in (Lane.IN_BUILDING, Lane.BULK)
        )

    def _next(self, others: int, known_since: float) -> Claim | None:
        """Take the claim that begins now, beside so many other calls."""
        if self.is_stopping or not self._has_slot(others):
            return None
        return self.ahead.pop(now=time.monotonic(), known_since=known_since)

    async def _carry(self, claimed: Claim | None) -> None:
        """Send one claim after another: an ended call's slot goes to the next one at once."""
        while claimed is not None:
            self.answers.put_nowait(await send(claimed, self.outside))
            now = time.monotonic()
            claimed = self._next(len(self.open_calls) - 1, now - self.fresh)
            self.calls_end = True
            if self.is_hungry or self.ahead.first_known_at < now - self.fresh / 2:
                self.woken.set()

    def _give_back(self, claims: Iterable[Claim]) -> None:
        for claimed in claims:
            self.answers.put_nowait(given_back(claimed))

    async def write_answers(self) -> None:
        """Write answers for ever; a cancellation ends it."""
        while True:
            await self.write_some()

    async def write_some(self) -> None:
        """Wait for one answer, add those that come right after it, and write them.

        Those that cannot be written now stand in line again behind all others.
        """
        batch = [await self.answers.get()]
        await asyncio.sleep(_GATHER_SECONDS)
        while not self.answers.empty() and len(batch) < _BATCH:
            batch.append(self.answers.get_nowait())
        late = await unwritten(batch)
        for answer in late:
            self.answers.put_nowait(answer)
        for _ in batch:
            self.answers.task_done()
        waiting = {answer.claim.attempt for answer in late}
        await report_ended([one for one in batch if one.claim.attempt not in waiting])
        if late:
            await asyncio.sleep(_AGAIN_SECONDS)  # nobody tells us when it is back

    async def drain(self) -> None:
        """Give back what has not begun, wait for the answers of all open calls, and write them."""
        self.is_stopping = True
        self._give_back(self.ahead.take_all())
        if self.open_calls:
            await asyncio.wait(self.open_calls)
        await self.answers.join()


async def deliver_due(
    outside: Providers, *, worker: str = "test", lease: float = 60.0, margin: float = 5.0,
    batch: int = 100,
) -> int:  # fmt: skip
    """Send everything due, once, and wait for all answers; give the number of claims."""
    wire = Dispatcher(outside, worker, lease, margin, in_flight=batch, most_ahead=0, fresh=math.inf)
    claimed = await wire.claim_and_send()
    if wire.open_calls:
        await asyncio.wait(wire.open_calls)
    while not wire.answers.empty():
        await wire.write_some()
    return claimed
