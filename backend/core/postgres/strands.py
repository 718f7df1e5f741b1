"""Lets strands of work run side by side, parks those that ask, and asks for all of them at once.

A strand is the code of one message, or of one part of it. `steps` says what it asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from contextvars import ContextVar
from itertools import groupby
from operator import attrgetter
from typing import Any, Protocol, TypeVar

import asyncpg

_T = TypeVar("_T")


class Statement(Protocol):
    """The view that a run has of a step."""

    ask: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]
    name: str

    @property
    def order(self) -> int:
        """Give its place in the order of locks."""


class LeavesSet(Exception):
    """This message cannot be taken in together with others: it is taken in as a set of one."""


class _Call:
    """One who is parked."""

    __slots__ = ("answers", "place", "step", "wanted")

    def __init__(self, asked: Statement, wanted: Sequence[Any], place: tuple[int, ...]) -> None:
        self.step, self.wanted, self.place = asked, wanted, place
        self.answers: asyncio.Future[Sequence[Any]] = asyncio.get_running_loop().create_future()

    @property
    def key(self) -> tuple[str, tuple[int, ...]]:
        return self.step.name, self.place


class _Group:
    """The parts of a message that are not done yet."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


class _Claim:
    """Which messages use something that would be locked between two transactions."""

    __slots__ = ("alone", "by")

    def __init__(self) -> None:
        self.alone = False
        self.by: set[int] = set()


class Run:
    """Strands of work, and who of them is parked."""

    def __init__(self, *, shared: bool) -> None:
        self.shared = shared
        """Whether the strands are messages, and not parts of one."""
        self._calls: list[_Call] = []
        self._running = 0
        self._changed = asyncio.Event()
        self._failed: BaseException | None = None
        self._claims: dict[object, _Claim] = {}

    def claim(self, place: tuple[int, ...], keys: Iterable[object], *, shared: bool) -> None:
        """Note who uses what; see that nobody uses alone what another one uses."""
        for key in keys:
            claim = self._claims.setdefault(key, _Claim())
            claim.alone |= not shared
            claim.by.add(place[0])
            if claim.alone and len(claim.by) > 1:
                raise LeavesSet

    async def whole(self, work: Sequence[Coroutine[Any, Any, _T]]) -> list[_T]:
        """Run to the end of all, or to the first that fails."""
        tasks = [self._begin(one, (n,), None) for n, one in enumerate(work)]
        try:
            while await self._somebody_asks():
                await self._ask_what_is_parked()
        except BaseException:
            await _stop(tasks)
            raise
        return [task.result() for task in tasks]

    async def branch(
        self, work: Sequence[Coroutine[Any, Any, _T]], place: tuple[int, ...]
    ) -> list[_T]:
        """Run parts of the strand at `place`, which rests meanwhile."""
        group = _Group(len(work))
        tasks = [self._begin(one, (*place, n), group) for n, one in enumerate(work)]
        self._rests()
        try:
            await asyncio.wait(tasks)
        except BaseException:
            await _stop(tasks)
            raise
        failed = [task.exception() for task in tasks if task.exception() is not None]
        for failure in sorted(failed, key=_only_follows):
            assert failure is not None, "only failures were listed"
            raise failure
        return [task.result() for task in tasks]

    async def park(
        self, asked: Statement, wanted: Sequence[Any], place: tuple[int, ...]
    ) -> Sequence[Any]:
        call = _Call(asked, wanted, place)
        self._calls.append(call)
        self._rests()
        try:
            return await call.answers
        except asyncio.CancelledError:
            if call.answers.cancelled():  # nobody has answered: it goes on by itself
                self._calls = [other for other in self._calls if other is not call]
                self._running += 1
            raise

    def _begin(
        self, work: Coroutine[Any, Any, _T], place: tuple[int, ...], group: _Group | None
    ) -> asyncio.Task[_T]:
        self._running += 1
        return asyncio.get_running_loop().create_task(self._strand_of(work, place, group))

    async def _strand_of(
        self, work: Coroutine[Any, Any, _T], place: tuple[int, ...], group: _Group | None
    ) -> _T:
        current.set(Strand(self, place))
        try:
            return await work
        except BaseException as failed:
            if group is None and self._failed is None:
                self._failed = failed
                self._changed.set()
            raise
        finally:
            if group is not None:
                group.left -= 1
                self._running += not group.left  # whoever waits for the group goes on
            self._rests()

    def _rests(self) -> None:
        self._running -= 1
        if not self._running:
            self._changed.set()

    async def _somebody_asks(self) -> bool:
        """Wait until everybody is parked or done; tell whether anybody is parked."""
        while self._running and self._failed is None:
            await self._changed.wait()
            self._changed.clear()
        if self._failed is not None:
            raise self._failed
        return bool(self._calls)

    async def _ask_what_is_parked(self) -> None:
        """Ask what comes first in the order of locks. Who is answered goes on meanwhile."""
        first = min(call.step.order for call in self._calls)
        due = sorted((c for c in self._calls if c.step.order == first), key=attrgetter("key"))
        self._calls = [call for call in self._calls if call.step.order != first]
        for asked, calls in groupby(due, key=attrgetter("step")):
            await self._ask(asked, list(calls))

    async def _ask(self, asked: Statement, calls: Sequence[_Call]) -> None:
        try:
            answers = iter(await asked.ask([one for call in calls for one in call.wanted]))
        except Exception as failed:  # noqa: BLE001  # it is raised by everybody who asked
            for call in calls:
                self._goes_on(call, failed)
            return
        for call in calls:
            self._goes_on(call, [next(answers) for _ in call.wanted])

    def _goes_on(self, call: _Call, answer: Sequence[Any] | Exception) -> None:
        if call.answers.done():  # it was stopped
            return
        self._running += 1
        if isinstance(answer, Exception):
            call.answers.set_exception(answer)
        else:
            call.answers.set_result(answer)


class Strand:
    """What runs here: of which run, and its place among the others."""

    __slots__ = ("place", "run")

    def __init__(self, run: Run, place: tuple[int, ...]) -> None:
        self.run, self.place = run, place


current: ContextVar[Strand | None] = ContextVar("strand", default=None)


def _only_follows(failure: BaseException | None) -> bool:
    """Tell whether it only says that something else had failed before."""
    return isinstance(failure, asyncpg.InFailedSQLTransactionError)


async def _stop(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
