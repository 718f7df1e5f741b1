"""Steps: what several ask at once is one statement, in one order, and all hear their own."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from backend.core.database import execute, fetch_value, savepoint, transaction
from backend.core.errors import NotFound
from backend.core.postgres.steps import (
    LeavesSet,
    LockOrder,
    Step,
    run_together,
    step,
    together,
)
from tests.conftest import Database

Work = Callable[[], Coroutine[Any, Any, Any]]


class Asked:
    """Notes every statement, and has three steps that answer with the double."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, list[int]]] = []
        self.plain = self._step("plain", LockOrder.NOTHING)
        self.names = self._step("names", LockOrder.NAMES)
        self.charts = self._step("charts", LockOrder.CHARTS)

    def _step(self, name: str, order: LockOrder) -> Step[int, int]:
        async def ask(wanted: Sequence[int]) -> Sequence[int | Exception]:
            self.statements.append((name, list(wanted)))
            await asyncio.sleep(0)
            return [NotFound() if one < 0 else 2 * one for one in wanted]

        ask.__qualname__ = name
        return step(order)(ask)


def of(*asked: tuple[Step[int, int], int]) -> Work:
    """Give the code of a message that asks for these, one after the other."""

    async def message() -> list[int]:
        return [await one(value) for one, value in asked]

    return message


async def test_outside_a_set_a_step_is_asked_at_once_with_one() -> None:
    asked = Asked()

    assert [await asked.plain(1), await asked.plain(2)] == [2, 4]
    assert asked.statements == [("plain", [1]), ("plain", [2])]


async def test_a_set_of_three_asks_each_step_once_in_the_order_of_messages() -> None:
    asked = Asked()
    messages = [of((asked.plain, n), (asked.charts, n)) for n in (3, 1, 2)]

    assert await run_together(messages) == [[6, 6], [2, 2], [4, 4]]
    assert asked.statements == [("plain", [3, 1, 2]), ("charts", [3, 1, 2])]


async def test_one_message_may_ask_for_several_or_none_in_one_statement() -> None:
    asked = Asked()

    async def several() -> list[int]:
        return [*await asked.plain.all([1, 2]), *await asked.plain.all([])]

    assert await run_together([several, of((asked.plain, 9))]) == [[2, 4], [18]]
    assert asked.statements == [("plain", [1, 2, 9])]


async def test_locks_wait_until_nobody_asks_for_what_comes_earlier() -> None:
    """The first would lock a chart before the second locks a name: two sets could be in a ring."""
    asked = Asked()
    first = of((asked.charts, 1))
    second = of((asked.plain, 2), (asked.plain, 2), (asked.names, 2), (asked.charts, 2))

    await run_together([first, second])

    assert asked.statements == [
        ("plain", [2]), ("plain", [2]), ("names", [2]), ("charts", [1, 2])
    ]  # fmt: skip


async def test_an_exception_for_one_is_raised_there_and_may_be_caught() -> None:
    asked = Asked()

    async def catches() -> str:
        with pytest.raises(NotFound):
            await asked.plain(-1)
        return "caught"

    assert await run_together([catches, of((asked.plain, 1))]) == ["caught", [2]]


async def test_a_message_that_fails_stops_the_others() -> None:
    asked, stopped = Asked(), asyncio.Event()

    async def endless() -> None:
        try:
            while True:
                await asked.plain(1)
        finally:
            stopped.set()

    with pytest.raises(NotFound):
        await run_together([endless, of((asked.plain, 1), (asked.plain, -1))])
    assert stopped.is_set()


async def test_what_a_step_raises_is_over_for_all_who_asked() -> None:
    @step()
    async def broken(_: Sequence[int]) -> Sequence[int]:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await run_together([of((broken, 1)), of((broken, 2))])


async def test_a_run_that_is_cancelled_stops_its_strands() -> None:
    asked, stopped, begun = Asked(), list[int](), asyncio.Event()

    async def waits(n: int) -> None:
        try:
            begun.set()
            await asked.plain(n)
            await asyncio.Event().wait()
        finally:
            stopped.append(n)

    run = asyncio.create_task(run_together([lambda: waits(1), lambda: waits(2)]))
    await begun.wait()
    run.cancel()

    with pytest.raises(asyncio.CancelledError):
        await run
    assert sorted(stopped) == [1, 2]


async def test_a_strand_that_gives_up_a_step_is_not_waited_for() -> None:
    asked, gone = Asked(), asyncio.Event()

    async def impatient() -> list[int]:
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                await asked.charts(1)
        gone.set()
        return [await asked.plain(3)]

    async def patient() -> list[int]:
        await gone.wait()
        return [await asked.charts(2)]

    assert await run_together([impatient, patient]) == [[6], [4]]
    assert asked.statements == [("plain", [3]), ("charts", [2])]


async def test_parts_of_one_message_ask_at_once_in_a_set_and_outside() -> None:
    asked = Asked()

    async def message() -> list[int]:
        parts = await together(asked.plain(1), asked.plain(2), asked.plain(3))
        return [*parts, await asked.charts(4)]

    assert await run_together([message, message]) == [[2, 4, 6, 8]] * 2
    assert asked.statements == [("plain", [1, 2, 3, 1, 2, 3]), ("charts", [4, 4])]
    asked.statements.clear()
    assert await message() == [2, 4, 6, 8]
    assert asked.statements == [("plain", [1, 2, 3]), ("charts", [4])]


async def test_parts_in_parts_come_in_the_order_in_which_they_are_written() -> None:
    asked = Asked()

    async def record(n: int) -> list[int]:
        return await together(asked.plain(n), asked.plain(n + 1))

    assert await together(record(10), record(20)) == [[20, 22], [40, 42]]
    assert asked.statements == [("plain", [10, 11, 20, 21])]


async def test_of_several_parts_that_fail_the_first_one_is_raised() -> None:
    """A loop would raise it too: what a sender hears does not depend on the set."""

    async def late() -> None:
        await asyncio.sleep(0)
        raise NotFound

    async def at_once() -> None:
        raise LookupError

    for parts, raised in (([late, at_once], NotFound), ([at_once, late], LookupError)):
        with pytest.raises(raised):
            await together(*(part() for part in parts))


async def test_statements_that_are_no_steps_take_turns_on_the_connection(
    database: Database,
) -> None:
    async def plain(n: int) -> int:
        await fetch_value("SELECT pg_sleep(0.001)")
        found: int = await fetch_value("SELECT $1::int", n)
        return found

    async with transaction():
        assert await run_together([partial(plain, n) for n in range(5)]) == [0, 1, 2, 3, 4]


async def test_what_follows_a_failed_statement_does_not_hide_it(database: Database) -> None:
    async def follows() -> None:
        await execute("SELECT 1")

    async def fails() -> None:
        await execute("SELECT 1 / $1::int", 0)

    for parts in ([fails, follows, follows], [follows, fails, follows]):
        with pytest.raises(Exception, match="division by zero"):
            async with transaction():
                await together(*(part() for part in parts))


async def test_a_savepoint_is_for_a_message_that_is_alone(database: Database) -> None:
    async def saves() -> str:
        async with savepoint():
            return "alone"

    async with transaction():
        assert await run_together([saves]) == ["alone"]
        with pytest.raises(LeavesSet):
            await run_together([saves, saves])
