"""Gathering: what waits is taken in together, and nobody bears the fault of another."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from backend.auth.registration.patients import Identifier
from backend.core.errors import NotFound
from backend.intake.pipeline.events import (
    BareEvent,
    InboundMessage,
    PatientReference,
    PatientReplacement,
)
from backend.intake.pipeline.failpoints import no_failpoint
from backend.intake.pipeline.gathering import (
    Gatherer,
    GatheringLimits,
    IntakeFull,
    WaitingMessage,
)
from backend.notifications.kinds import Kind
from backend.records.patient_lock import OwnerChanged

ONE, OTHER = uuid4(), uuid4()


def a_message(name: str, events: int = 1, *, merges: bool = False) -> InboundMessage:
    number = Identifier("", name)
    return InboundMessage(
        dialect="hub", sender_id=name, raw=b"{}", content_hash=b"",
        about=(PatientReference(path="", identifier=number),),
        events=(BareEvent(kind=Kind.RESULT_READY, subject=name),) * events,
        answer=lambda _: "",
        replaced=(PatientReplacement(path="", old=number, new=number),) if merges else (),
    )  # fmt: skip


def gathered(
    name: str, facility: UUID = ONE, *, taken: str = "", events: int = 1, merges: bool = False
) -> WaitingMessage[str]:
    message = a_message(name, events, merges=merges)
    return WaitingMessage(message, facility, uuid4(), no_failpoint, frozenset([taken or name]))


@dataclass
class Taken:
    """Takes in by noting what it was given. Sets wait until they are let go."""

    sets: list[list[str]] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)
    fails: dict[str, Exception] = field(default_factory=dict)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def together(self, given: Sequence[WaitingMessage[str]]) -> list[str]:
        names = [str(one.message.sender_id) for one in given]
        self.sets.append(names)
        await self.goes_on.wait()
        for name in names:
            if name in self.fails:
                raise self.fails[name]
        return names

    async def by_itself(self, one: WaitingMessage[str]) -> str:
        name = str(one.message.sender_id)
        self.alone.append(name)
        await asyncio.sleep(0)
        if isinstance(self.fails.get(name), NotFound):
            raise self.fails[name]
        return name

    def gatherer(self, limits: GatheringLimits | None = None) -> Gatherer[str]:
        return Gatherer(self.together, self.by_itself, limits)


ONE_LANE = GatheringLimits(lanes=1)


async def begun(gatherer: Gatherer[str], *given: WaitingMessage[str]) -> "list[asyncio.Task[str]]":
    tasks = [asyncio.create_task(gatherer.take(one)) for one in given]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_a_lone_message_is_a_set_of_one_at_once_and_what_waits_is_the_next() -> None:
    taken = Taken()
    gatherer = taken.gatherer(ONE_LANE)

    first = await begun(gatherer, gathered("a"))
    assert taken.sets == [["a"]]
    rest = await begun(gatherer, *(gathered(name) for name in "bcd"))
    assert taken.sets == [["a"]]
    taken.goes_on.set()

    assert await asyncio.gather(*first, *rest) == ["a", "b", "c", "d"]
    assert taken.sets == [["a"], ["b", "c", "d"]]


async def test_what_has_one_number_or_one_id_is_not_in_one_set() -> None:
    taken = Taken()
    gatherer = taken.gatherer(ONE_LANE)
    first = await begun(gatherer, gathered("a"))
    rest = await begun(gatherer, gathered("b", taken="7"), gathered("c", taken="7"), gathered("d"))
    taken.goes_on.set()

    await asyncio.gather(*first, *rest)
    assert taken.sets == [["a"], ["b", "d"], ["c"]]


async def test_a_set_is_of_one_facility_and_each_has_its_turn() -> None:
    """One floods; the other's only message is in the next set but one at the latest."""
    taken = Taken()
    gatherer = taken.gatherer(GatheringLimits(lanes=1, together=2))
    first = await begun(gatherer, gathered("a"))
    flood = await begun(gatherer, *(gathered(f"f{n}") for n in range(6)))
    other = await begun(gatherer, gathered("o", OTHER))
    taken.goes_on.set()

    await asyncio.gather(*first, *flood, *other)
    assert taken.sets[1:4] == [["f0", "f1"], ["o"], ["f2", "f3"]]


async def test_a_poisoned_message_leaves_and_the_others_are_taken_in() -> None:
    taken = Taken(fails={"p": NotFound()})
    gatherer = taken.gatherer(ONE_LANE)
    first = await begun(gatherer, gathered("a"))
    rest = await begun(gatherer, *(gathered(name) for name in "bpd"))
    taken.goes_on.set()

    answers = await asyncio.gather(*first, *rest, return_exceptions=True)
    assert [type(one).__name__ for one in answers] == ["str", "str", "NotFound", "str"]
    assert sorted(taken.alone) == ["b", "d", "p"]


@pytest.mark.parametrize("failure", [OwnerChanged(), TimeoutError(), ConnectionResetError()])
async def test_a_lone_message_that_may_yet_succeed_is_taken_in_again(failure: Exception) -> None:
    taken = Taken(fails={"a": failure})
    taken.goes_on.set()

    assert await taken.gatherer().take(gathered("a")) == "a"
    assert taken.alone == ["a"]


async def test_a_lone_message_that_is_refused_is_not_tried_twice() -> None:
    taken = Taken(fails={"a": NotFound()})
    taken.goes_on.set()

    with pytest.raises(NotFound):
        await taken.gatherer().take(gathered("a"))
    assert taken.alone == []


async def test_a_cancelled_request_does_not_cancel_its_set() -> None:
    taken = Taken()
    gatherer = taken.gatherer(ONE_LANE)
    first, second = await begun(gatherer, gathered("a"), gathered("b"))
    waiting = await begun(gatherer, gathered("c"), gathered("d"))
    first.cancel()
    waiting[0].cancel()
    await asyncio.sleep(0)
    taken.goes_on.set()

    assert [await second, await waiting[1]] == ["b", "d"]
    assert taken.sets == [["a", "b"], ["d"]]


async def test_beyond_the_bound_a_message_is_refused_and_may_come_again() -> None:
    taken = Taken()
    gatherer = taken.gatherer(GatheringLimits(lanes=1, waiting=3, of_one_facility=2))
    running = await begun(gatherer, gathered("a"))
    waiting = await begun(gatherer, gathered("b"), gathered("c"))

    with pytest.raises(IntakeFull) as refused:
        await gatherer.take(gathered("d"))
    assert refused.value.retry_after == 1
    others = await begun(gatherer, gathered("o", OTHER))
    with pytest.raises(IntakeFull):
        await gatherer.take(gathered("p", OTHER))
    taken.goes_on.set()

    assert await asyncio.gather(*running, *waiting, *others) == ["a", "b", "c", "o"]
    assert await gatherer.take(gathered("d")) == "d"


async def test_what_is_large_or_merges_goes_beside_the_lanes() -> None:
    taken = Taken()
    gatherer = taken.gatherer(GatheringLimits(lanes=1, records=10))

    assert await gatherer.take(gathered("large", events=11)) == "large"
    assert await gatherer.take(gathered("merges", merges=True)) == "merges"
    assert taken.sets == []


async def test_a_set_has_at_most_so_many_messages_and_records() -> None:
    taken = Taken()
    gatherer = taken.gatherer(GatheringLimits(lanes=1, together=3, records=5))
    first = await begun(gatherer, gathered("a"))
    rest = await begun(
        gatherer, gathered("b", events=3), gathered("c", events=3), gathered("d", events=2),
        *(gathered(name) for name in "efgh"),
    )  # fmt: skip
    taken.goes_on.set()

    await asyncio.gather(*first, *rest)
    assert taken.sets == [["a"], ["b", "d"], ["c", "e", "f"], ["g", "h"]]
