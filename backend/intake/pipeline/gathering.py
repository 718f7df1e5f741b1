"""Gathers messages that arrive while others are taken in: what waits is taken in together next.

There is no timer. A message that meets nobody is a set of one. A set that fails is undone, and
each of its messages is taken in as a set of one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from backend.core.errors import Unavailable
from backend.core.metrics import INTAKE_SETS
from backend.core.postgres.database_failures import OutcomeUnknown, is_away
from backend.core.postgres.steps import LeavesSet
from backend.core.postgres.unit_of_work import may_be_kept
from backend.intake.pipeline.events import InboundMessage
from backend.intake.pipeline.failpoints import Failpoint
from backend.records.patient_lock import OwnerChanged

_R = TypeVar("_R")
RETRY_SECONDS: Final = 1


class IntakeFull(Unavailable):
    """More messages wait than the hub can hold. This one was not stored: send it again."""

    code = "intake_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatheringLimits:
    """Bounds of one process."""

    together: int = 32
    """Messages of one set."""
    records: int = 100
    """Events of one set. What has more, or merges, is a set of one beside the lanes."""
    lanes: int = 2
    """Sets that are taken in at the same time."""
    alone: int = 8
    """Sets of one beside the lanes: those that left their set, and large ones."""
    waiting: int = 2000
    """Messages that wait. Each holds its raw bytes in memory."""
    of_one_facility: int = 1000
    """Messages of one facility that wait: nobody fills the list for all."""


class WaitingMessage(Generic[_R]):
    """One message that waits for its turn, and whoever waits for its answer."""

    __slots__ = ("answer", "context", "facility", "failpoint", "message", "row", "taken")

    def __init__(
        self,
        message: InboundMessage,
        facility: UUID,
        row: UUID,
        failpoint: Failpoint,
        taken: frozenset[object],
    ) -> None:
        self.message, self.facility, self.row, self.failpoint = message, facility, row, failpoint
        self.taken = taken
        """Ids and numbers that no other message of its set may have."""
        self.context: Context = copy_context()
        """Of whoever waits. Its unit of work hears what became of a set of one."""
        self.answer: asyncio.Future[_R] = asyncio.get_running_loop().create_future()

    @property
    def is_wanted(self) -> bool:
        return not self.answer.done()

    def answered(self, answer: _R) -> None:
        if self.is_wanted:
            self.answer.set_result(answer)

    def failed(self, why: BaseException) -> None:
        if self.is_wanted:
            self.answer.set_exception(why)


@dataclass(slots=True)
class _Turns(Generic[_R]):
    """What waits, facility by facility; each has its turn."""

    waiting: dict[UUID, deque[WaitingMessage[_R]]] = field(default_factory=dict)
    count: int = 0

    def of(self, facility: UUID) -> int:
        return len(self.waiting.get(facility, ()))

    def put(self, one: WaitingMessage[_R]) -> None:
        self.waiting.setdefault(one.facility, deque()).append(one)
        self.count += 1

    def next_set(self, most: int, records: int) -> list[WaitingMessage[_R]]:
        """Take what goes together from the facility whose turn it is; empty if nobody waits."""
        while self.waiting:
            facility = next(iter(self.waiting))
            queue = self.waiting.pop(facility)
            before = len(queue)
            chosen, left = _chosen(queue, most, records)
            self.count -= before - len(left)
            if left:
                self.waiting[facility] = left  # behind all others
            if chosen:
                return chosen
        return []


def _chosen(
    queue: deque[WaitingMessage[_R]], most: int, records: int
) -> tuple[list[WaitingMessage[_R]], deque[WaitingMessage[_R]]]:
    """Take the oldest that go together, and leave the rest in its order."""
    chosen: list[WaitingMessage[_R]] = []
    left: deque[WaitingMessage[_R]] = deque()
    taken, room = set[object](), records
    while queue and len(chosen) < most:
        one = queue.popleft()
        size = len(one.message.events)
        if not one.is_wanted:  # whoever sent it has gone before anything was done
            continue
        if chosen and (size > room or not taken.isdisjoint(one.taken)):
            left.append(one)
            continue
        chosen.append(one)
        taken |= one.taken
        room -= size
    left.extend(queue)
    return chosen, left


class Gatherer(Generic[_R]):
    """Takes messages in, set by set."""

    def __init__(
        self,
        together: Callable[[Sequence[WaitingMessage[_R]]], Awaitable[Sequence[_R]]],
        alone: Callable[[WaitingMessage[_R]], Awaitable[_R]],
        limits: GatheringLimits | None = None,
    ) -> None:
        """Gather.

        Args:
            together: takes a set in, once. It does not wait long for a lock.
            alone: takes in one message, again and again while the database fails it.
            limits: of this process.
        """
        self._take_together, self._take_alone = together, alone
        self.limits = limits or GatheringLimits()
        self._sets: _Turns[_R] = _Turns()
        self._apart: _Turns[_R] = _Turns()
        self._lanes: set[asyncio.Task[None]] = set()
        self._beside: set[asyncio.Task[None]] = set()

    async def take(self, one: WaitingMessage[_R]) -> _R:
        """Take a message in with those that wait too; give its answer once it is committed.

        Raises:
            IntakeFull: too many wait.
        """
        self._see_room(one.facility)
        if one.message.replaced or len(one.message.events) > self.limits.records:
            self._goes_alone(one)
        else:
            self._sets.put(one)
            self._begin(self._lanes, self.limits.lanes, self._lane)
        return await one.answer

    def _see_room(self, facility: UUID) -> None:
        limits = self.limits
        of_one = self._sets.of(facility) + self._apart.of(facility)
        everybody = self._sets.count + self._apart.count
        if everybody >= limits.waiting or of_one >= limits.of_one_facility:
            raise IntakeFull(retry_after=RETRY_SECONDS)

    def _goes_alone(self, one: WaitingMessage[_R]) -> None:
        self._apart.put(one)
        self._begin(self._beside, self.limits.alone, self._beside_the_lanes)

    def _begin(self, running: set[asyncio.Task[None]], most: int, work: Callable[[], Any]) -> None:
        """Start one more task for what waits, unless enough of them run."""
        if len(running) < most:
            task = asyncio.get_running_loop().create_task(work(), context=Context())
            running.add(task)
            task.add_done_callback(running.discard)

    async def _lane(self) -> None:
        while gathered := self._sets.next_set(self.limits.together, self.limits.records):
            try:
                answers = await self._take_together(gathered)
            except Exception as failed:  # noqa: BLE001  # whose fault it is shows when each is alone
                self._undone(gathered, failed)
            except BaseException:
                _abandon(gathered)
                raise
            else:
                INTAKE_SETS.labels("kept").inc()
                for one, answer in zip(gathered, answers, strict=True):
                    one.answered(answer)

    def _undone(self, gathered: Sequence[WaitingMessage[_R]], failed: Exception) -> None:
        """Tell the one that it is refused; take many, and one that may yet succeed, in alone."""
        INTAKE_SETS.labels("undone").inc()
        if isinstance(failed, OutcomeUnknown):
            for one in gathered:
                one.context.run(may_be_kept)
        if len(gathered) == 1 and not _may_succeed(failed):
            gathered[0].failed(failed)
            return
        for one in gathered:
            self._goes_alone(one)

    async def _beside_the_lanes(self) -> None:
        while gathered := self._apart.next_set(1, self.limits.records):
            (one,) = gathered
            task = asyncio.get_running_loop().create_task(self._alone(one), context=one.context)
            try:
                await task
            except BaseException:
                task.cancel()
                _abandon(gathered)
                raise

    async def _alone(self, one: WaitingMessage[_R]) -> None:
        try:
            one.answered(await self._take_alone(one))
        except Exception as failed:  # noqa: BLE001  # whoever sent it hears it
            one.failed(failed)


def _may_succeed(failed: Exception) -> bool:
    """Tell whether a set of one failed for a reason that says nothing against its message."""
    return is_away(failed) or isinstance(failed, OutcomeUnknown | OwnerChanged | LeavesSet)


def _abandon(gathered: Sequence[WaitingMessage[Any]]) -> None:
    for one in gathered:
        one.answer.cancel()
