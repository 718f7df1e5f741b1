"""Keeps a limited number of calls open, and writes their answers in batches."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

import asyncpg

from backend.core.log import log
from backend.core.odd_rows.row_isolation import report_unreadable
from backend.core.postgres.database_failures import is_passing
from backend.gateways.sender import Channel, FailureScope
from backend.notifications.delivery.claiming import claim
from backend.notifications.delivery.claims import Claim
from backend.notifications.delivery.outcomes import AttemptResult, complete
from backend.notifications.delivery.sending import Providers, send
from backend.notifications.kinds import Lane
from backend.notifications.rules import UNREADABLE, UNREADABLE_ADDRESS

_BATCH = 200
_BOOK_EVERY = 0.1
"""Seconds between two looks for texts to book, while the wire takes all that is booked."""
_AGAIN_SECONDS = 0.5
_RESERVED = 5
"""One slot in this many is kept for codes and people inside the building."""
ODD_ANSWER: Final = "odd_answer"
"""The code of an answer whose own words PostgreSQL does not take."""


@dataclass
class Dispatcher:
    """The open calls of one worker. The database knows everything that it knows."""

    outside: Providers
    worker: str
    lease: float
    margin: float
    in_flight: int
    open_calls: set[asyncio.Task[None]] = field(default_factory=set)
    answers: asyncio.Queue[AttemptResult] = field(default_factory=asyncio.Queue)
    book_at: float = 0.0
    """On `time.monotonic()`: when it looks for texts to book again."""

    async def claim_and_send(self) -> int:
        """Claim as many deliveries as fit and start to send them; give their number."""
        free = self.in_flight - len(self.open_calls)
        if free <= 0:
            return 0
        urgent_only = free <= self.in_flight // _RESERVED
        started = time.monotonic()
        claims = await claim(
            min(free, _BATCH), worker=self.worker, lease=self.lease, margin=self.margin,
            monotonic=started, last_lane=Lane.IN_BUILDING if urgent_only else Lane.BULK,
            book=started >= self.book_at,
        )  # fmt: skip
        is_full = len(claims) == min(free, _BATCH)
        self.book_at = started + _BOOK_EVERY if is_full else 0.0
        for one_claim in claims:
            task = asyncio.create_task(self._carry(one_claim))
            self.open_calls.add(task)
            task.add_done_callback(self.open_calls.discard)
        return len(claims)

    async def _carry(self, claimed: Claim) -> None:
        self.answers.put_nowait(await send(claimed, self.outside))

    async def write_answers(self) -> None:
        """Write answers for ever; a cancellation ends it."""
        while True:
            await self.write_some()

    async def write_some(self) -> None:
        """Wait for one answer, add those already there, and write them.

        Those that cannot be written now stand in line again behind all others.
        """
        batch = [await self.answers.get()]
        while not self.answers.empty() and len(batch) < _BATCH:
            batch.append(self.answers.get_nowait())
        late = await _unwritten(batch)
        for answer in late:
            self.answers.put_nowait(answer)
        for _ in batch:
            self.answers.task_done()
        waiting = {answer.claim.attempt for answer in late}
        await _report_unreadable([one for one in batch if one.claim.attempt not in waiting])
        if late:
            await asyncio.sleep(_AGAIN_SECONDS)  # nobody tells us when it is back

    async def drain(self) -> None:
        """Wait for the answers of all open calls, and write them."""
        if self.open_calls:
            await asyncio.wait(self.open_calls)
        await self.answers.join()


async def _unwritten(batch: list[AttemptResult]) -> list[AttemptResult]:
    """Write the batch; give those that must be tried again.

    Where somebody holds a row, or one answer is odd, each is written by itself.
    """
    try:
        await complete(batch)
    except Exception as surprise:  # noqa: BLE001  # one odd answer must not silence the others
        is_locked = isinstance(surprise, asyncpg.LockNotAvailableError) and len(batch) > 1
        if is_passing(surprise) and not is_locked:
            log.warning(
                "answers_wait_for_database", count=len(batch), error=type(surprise).__name__
            )
            return batch
        log.error("answers_refused", count=len(batch), error=type(surprise).__name__)
        if len(batch) == 1:
            return [] if await _written_bare(batch[0]) else batch
        return [late for answer in batch for late in await _unwritten([answer])]
    return []


async def _written_bare(answer: AttemptResult) -> bool:
    """Write of an odd answer what the hub itself has decided; nothing of the provider's words.

    Else its delivery would end up in doubt when its lease runs out, and a push would be repeated.
    """
    try:
        await complete([replace(answer, code=ODD_ANSWER, provider_id="",
                                failure_scope=FailureScope.NOBODY)])  # fmt: skip
    except Exception as surprise:  # noqa: BLE001  # the same
        log.error("answer_lost", delivery=answer.claim.delivery, error=type(surprise).__name__)
        return not is_passing(surprise)
    await _raise_alarm("attempt", [answer.claim.attempt])
    return True


async def _report_unreadable(answers: Sequence[AttemptResult]) -> None:
    """Raise the alarm about what ended because it cannot be read: once for each kind of row."""
    ended: dict[str, list[UUID]] = {}
    for answer in answers:
        claimed = answer.claim
        if (answer.status, answer.code) == UNREADABLE_ADDRESS:
            place, row = (
                ("contact_point.number", claimed.contact)
                if claimed.channel is Channel.SMS
                else ("device.push_token", claimed.device)
            )
            ended.setdefault(place, []).append(row or claimed.delivery)
        elif (answer.status, answer.code) == UNREADABLE:
            ended.setdefault("notification", []).append(claimed.notification)
    for place, rows in ended.items():
        await _raise_alarm(place, rows)


async def _raise_alarm(place: str, rows: Sequence[UUID]) -> None:
    try:
        await report_unreadable(place, rows[0], times=len(rows))
    except Exception as surprise:  # noqa: BLE001  # the answers are written all the same
        log.error("alarm_failed", where=place, error=type(surprise).__name__)


async def deliver_due(
    outside: Providers, *, worker: str = "test", lease: float = 60.0, margin: float = 5.0,
    batch: int = 100,
) -> int:  # fmt: skip
    """Send everything due, once, and wait for all answers; give the number of claims."""
    wire = Dispatcher(outside, worker, lease, margin, in_flight=batch)
    claimed = await wire.claim_and_send()
    if wire.open_calls:
        await asyncio.wait(wire.open_calls)
    while not wire.answers.empty():
        await wire.write_some()
    return claimed
