"""The helper is asked for one body at a time, and no facility waits for all bodies of another."""

import asyncio
from contextlib import AsyncExitStack, ExitStack
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from litestar import Request

from backend.api.arriving_body import ArrivingBody
from backend.api.large_bodies.held_bodies import HeldBodies
from backend.api.large_bodies.helper import BodyHelper
from backend.api.large_bodies.relay import LargeBodies
from backend.api.large_bodies.turns import TooManyLargeBodies, Turns

A, B, C = uuid4(), uuid4(), uuid4()


class Line:
    """Bodies that wait for their turns, and the order in which they had them."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.served: list[str] = []
        self.done = {name: asyncio.Event() for name in "abcdefgh"}

    async def body(self, name: str, facility: UUID) -> None:
        async with self.turns.turn(facility):
            self.served.append(name)
            await self.done[name].wait()


async def moved_on() -> None:
    """Let everybody do what they can do now."""
    for _ in range(10):
        await asyncio.sleep(0)


async def stood(line: Line, group: asyncio.TaskGroup, name: str, facility: UUID) -> None:
    group.create_task(line.body(name, facility))
    await asyncio.sleep(0)


async def test_facilities_take_turns_and_one_body_is_read_at_a_time() -> None:
    line = Line(Turns())
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for name in "abcd":
            await stood(line, group, name, A)
        for name in "ef":
            await stood(line, group, name, B)
        await stood(line, group, "g", C)
        order = ""
        while len(order) < 7:
            assert line.served == list(order) + line.served[-1:]
            order += line.served[-1]
            line.done[order[-1]].set()
            await moved_on()

    assert order == "aebgfcd"


async def test_who_waits_too_long_is_told_to_come_again_and_holds_up_nobody() -> None:
    line = Line(Turns(patience=0.01))
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        await stood(line, group, "a", A)
        with pytest.raises(TooManyLargeBodies) as late:
            await line.body("b", B)
        line.done["a"].set()
    async with asyncio.timeout(5), line.turns.turn(B):
        pass

    assert late.value.retry_after
    assert line.served == ["a"]


@pytest.mark.parametrize("given", [False, True], ids=["while it waits", "when it is given"])
async def test_a_sender_who_leaves_passes_the_turn_on(*, given: bool) -> None:
    line = Line(Turns())
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        await stood(line, group, "a", A)
        leaving = asyncio.create_task(line.body("b", B))
        await asyncio.sleep(0)
        await stood(line, group, "c", C)
        if given:
            line.done["a"].set()
            await asyncio.sleep(0)
            assert line.turns._last == B
        leaving.cancel()
        await asyncio.wait([leaving])
        for name in "ac":
            line.done[name].set()

    assert line.served == ["a", "c"]


def test_one_facility_never_holds_all_places() -> None:
    turns = Turns(places=3, places_of_one=2)
    with ExitStack() as held:
        for facility in (A, A):
            held.enter_context(turns.place(facility))
        with pytest.raises(TooManyLargeBodies), turns.place(A):
            pass
        held.enter_context(turns.place(B))
        with pytest.raises(TooManyLargeBodies), turns.place(C):
            pass
    with turns.place(A), turns.place(A), turns.place(C):
        pass


async def test_bodies_in_memory_are_bounded_and_one_facility_cannot_take_all_room() -> None:
    held = HeldBodies(most=3, most_of_one=2, patience=0.01)
    async with held.room(A), held.room(A):
        with pytest.raises(TooManyLargeBodies):
            await held.room(A).__aenter__()
        async with held.room(B):
            with pytest.raises(TooManyLargeBodies):
                await held.room(C).__aenter__()
        async with held.room(C):
            pass
    async with held.room(A), held.room(A), held.room(B):
        pass


async def test_a_body_that_waited_for_room_has_its_whole_time_to_arrive() -> None:
    async def receive() -> Any:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b" " * 100_000, "more_body": False}

    request: Request[Any, Any, Any] = Request(cast("Any", {"type": "http", "state": {}}))
    arriving = ArrivingBody(receive, 1_000_000, announced=100_000, patience=0.0)

    async with AsyncExitStack() as until_answered:
        await LargeBodies("", BodyHelper()).hold(request, arriving, until_answered)
        await arriving.up_to(1_000_000)

    assert arriving.is_here
