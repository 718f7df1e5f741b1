"""Runs one statement for all who ask it at once: for the messages of a set, or for parts of one.

Code is written for one message, and asks by steps. A step is one statement over a sequence:

    @step()
    async def charts_by_hash(hashes: Sequence[bytes]) -> Sequence[UUID | UnknownPatient]:
        rows = await fetch("SELECT ... FROM unnest($1::bytea[]) ...", hashes)
        found = {row["hash"]: row["patient"] for row in rows}
        return [found.get(one) or UnknownPatient() for one in hashes]

    chart = await charts_by_hash(digest)         # the code of one message
    charts = await charts_by_hash.all(digests)   # where one message asks for several

1. A step takes a sequence of arguments and gives one answer for each, in their order. An exception
   among the answers is raised where that argument was asked for, and nowhere else. An exception
   that the step raises itself says that the transaction is over for everybody.
2. Outside `run_together` it is called at once, with a sequence of one.
3. Inside, who asks is parked. Once everybody is parked, what is parked is asked: one statement for
   each step, its arguments in the order of the messages.
4. A step that locks rows or advisory locks names its place in `LockOrder`, and locks in sorted
   order within its statement. It is asked only when nobody is left who asks for anything earlier:
   so a whole set locks in one order, and two sets do not wait for each other in a ring.
5. Messages of a set do not wait for each other's locks: it is one transaction. So whoever locks
   something first says so by `claim`, and the second one that claims the same leaves the set.
6. A statement that is no step works too: a connection runs one statement at a time. It costs one
   round trip for each message.
7. A statement of a step says `INSERT ... SELECT ... FROM unnest(...)`, never VALUES.

`together` lets parts of one message (the records of a Bundle) ask at once, in the same way.
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from enum import IntEnum
from typing import Any, Generic, TypeVar, cast

from backend.core.postgres.strands import LeavesSet, Run, current

_A = TypeVar("_A")
_R = TypeVar("_R")
_T = TypeVar("_T")

__all__ = ["LeavesSet", "LockOrder", "Step", "claim", "leave_if_shared", "run_together", "step",
           "together"]  # fmt: skip


class LockOrder(IntEnum):
    """The order in which a set of messages locks; what locks nothing comes before all of them.

    Inside the hub's wider order (`auth.access.chart_turn`, `records.named.name_locks`).
    """

    NOTHING = 0
    NAMES = 1
    """Names of resources, which records wait for."""
    NUMBERS = 2
    """What was typed or said: citizen ids, own numbers, phones."""
    CHARTS = 3
    """Rows of `patient`."""
    TURNS = 4
    """The turns of charts."""
    OWNERS = 5
    """Rows of `patient_change`: who files for a patient."""
    LAST = 6
    """No lock: what every message writes last, so that all do it at once."""


class Step(Generic[_A, _R]):
    """One statement for all who ask; `step` makes it."""

    def __init__(
        self, ask: Callable[[Sequence[_A]], Awaitable[Sequence[_R | Exception]]], order: LockOrder
    ) -> None:
        self.ask = ask
        self.order = order
        self.name = f"{ask.__module__}.{ask.__qualname__}"
        self.__doc__ = ask.__doc__

    async def __call__(self, wanted: _A) -> _R:
        """Ask for one."""
        (answer,) = await self.answers([wanted])
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def all(self, wanted: Sequence[_A]) -> list[_R]:
        """Ask for several at once; the first exception among the answers is raised."""
        found: list[_R] = []
        for answer in await self.answers(wanted) if wanted else ():
            if isinstance(answer, Exception):
                raise answer
            found.append(answer)
        return found

    async def answers(self, wanted: Sequence[_A]) -> Sequence[_R | Exception]:
        """Ask for several at once; give exceptions as they are."""
        strand = current.get()
        answers = await (
            self.ask(wanted) if strand is None else strand.run.park(self, wanted, strand.place)
        )
        assert len(answers) == len(wanted), self.name
        return cast("Sequence[_R | Exception]", answers)


def step(
    order: LockOrder = LockOrder.NOTHING,
) -> Callable[[Callable[[Sequence[_A]], Awaitable[Sequence[_R | Exception]]]], Step[_A, _R]]:
    """Make a step of a function over a sequence.

    Args:
        order: which locks its statement takes, or when it is asked.
    """
    return lambda ask: Step(ask, order)


async def run_together(work: Sequence[Callable[[], Coroutine[Any, Any, _T]]]) -> list[_T]:
    """Do all of it in the open transaction, which is lost for all of it if one fails.

    One alone runs as it is. It may open savepoints; several may not.

    Raises:
        Exception: what the first of them raised that failed. The others were stopped.
    """
    if len(work) == 1:
        return [await work[0]()]
    return await Run(shared=True).whole([one() for one in work])


async def together(*work: Coroutine[Any, Any, _T]) -> list[_T]:
    """Do parts of one message at once, so that their steps are asked together.

    All come to their end before a failure is raised: the same one that a loop would raise.
    """
    if len(work) <= 1:
        return [await one for one in work]
    strand = current.get()
    if strand is not None:
        return await strand.run.branch(work, strand.place)
    run = Run(shared=False)
    (done,) = await run.whole([run.branch(work, ())])
    return done


def leave_if_shared() -> None:
    """See that nobody else writes in the open transaction meanwhile.

    Raises:
        LeavesSet: other messages do.
    """
    strand = current.get()
    if strand is not None:
        assert strand.run.shared, "parts of one message open no savepoint"
        raise LeavesSet


def claim(keys: Iterable[object], *, shared: bool = False) -> None:
    """Say what this message locks, before it does.

    Args:
        keys: whatever names it; in a tuple with a word that says of what kind it is.
        shared: whether others may use it too, as long as nobody claims it alone.

    Raises:
        LeavesSet: another message of the set has claimed it.
    """
    strand = current.get()
    if strand is not None and strand.run.shared:
        strand.run.claim(strand.place, keys, shared=shared)
