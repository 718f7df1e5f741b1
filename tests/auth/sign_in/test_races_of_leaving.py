"""A chart is left while it is read, approved, signed in to, merged, and texted about."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.access.access_tokens import verify
from backend.auth.access.gate import Caller, NotSignedIn, reading_as
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.phones.phones import IN_USE
from backend.auth.registration.patients import find
from backend.auth.rules import RecordClass
from backend.auth.sessions.device_approval import approve
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sign_in import otp
from backend.auth.sign_in.leaving_charts import leave
from backend.auth.sign_in.shown_codes import WrongCode
from backend.core.database import DB, fetch, transaction
from backend.core.redis import redis
from backend.gateways.sender import OutboundMessage, SendResult
from backend.notifications.kinds import Kind
from backend.records.lifecycle.merge import merge
from tests.conftest import Database
from tests.harness.auth.charts import HER_PHONE, reads, states, steps_up
from tests.harness.auth.racing import held_open
from tests.harness.auth.reaching import App, Reach, store_session
from tests.harness.auth.steps import (
    LAN,
    Tokens,
    a_person,
    ask,
    citizen,
    code_arrives,
    hospital_number,
    sign_in_with,
)
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import SomePatient, a_facility
from tests.harness.notifications.steps import a_due_text, the_worker_sends

OWN, OTHER_CHART = hospital_number("BN-7"), hospital_number("BN-8")
PLACE: Final = "10.0.0.1"


@dataclass(frozen=True, slots=True)
class Scene:
    """A chart that she reaches by her number, and another of that hospital with the same number."""

    client: AsyncClient
    database: Database
    tokens: Tokens
    chart: UUID
    facility: UUID

    @property
    def caller(self) -> Caller:
        return Caller(verify(self.tokens.access_token).session)

    async def leaves(self) -> None:
        await leave(self.caller, self.chart)

    async def merges(self) -> None:
        other, one = [await find([number], self.facility) for number in (OTHER_CHART, OWN)]
        assert one
        assert other
        await merge(self.facility, other.identifier, one.identifier)

    async def reached_by(self) -> set[UUID]:
        rows = await self.database.owner.fetch(
            "SELECT c.session FROM session_chart c JOIN session s ON s.id = c.session"
            " WHERE c.chart = $1 AND c.ended_at IS NULL AND s.ended_at IS NULL"
            " AND c.level <> 'found'",
            self.chart,
        )
        return {row["session"] for row in rows}

    async def numbers_in_use(self) -> int:
        count: int = await self.database.owner.fetchval(
            f"SELECT count(*) FROM contact_point c WHERE c.patient = $1 AND {IN_USE}", self.chart
        )
        return count

    async def a_text(self) -> UUID:
        """A text about the chart is due to her number."""
        contact = await self.database.owner.fetchval(
            "SELECT id FROM contact_point WHERE patient = $1", self.chart
        )
        person = SomePatient(self.chart, self.facility, contact, ())
        return await a_due_text(self.database, person, Kind.RESULT_READY)


@pytest.fixture
async def scene(client: AsyncClient, database: Database) -> Scene:
    here = await a_facility(database)
    chart = await states(here, a_person(citizen(LAN), OWN))
    await states(here, a_person(OTHER_CHART))
    tokens = await sign_in_with(client, database, LAN, HER_PHONE)
    await redis().flushall()
    await steps_up(database)
    return Scene(client, database, tokens, chart, here)


async def test_a_page_that_is_open_while_its_chart_is_left_shows_nothing_from_then_on(
    scene: Scene,
) -> None:
    async with reading_as(scene.caller, scene.chart, RecordClass.PROFILE):
        before = await fetch("SELECT id FROM patient")
        await asyncio.create_task(scene.leaves(), context=Context())
        after = await fetch("SELECT id FROM patient")

    assert ([row["id"] for row in before], list(after)) == ([scene.chart], [])
    assert (await reads(scene.client, scene.tokens, scene.chart)).status_code == 401


async def test_what_is_approved_while_its_chart_is_left_is_not_open_afterwards(
    scene: Scene,
) -> None:
    app = App(scene.client, scene.database, scene.caller.session, scene.chart)
    new = App(
        scene.client, scene.database,
        await store_session(scene.database.owner, Reach(scene.chart, "otp-limited", "slip")),
        scene.chart,
    )  # fmt: skip
    number = (await new.sends("POST", "sessions/current/approval")).json()["number"]

    async def approves() -> None:
        await approve(app.caller, new.session, number)

    await held_open(approves, scene.leaves)

    assert await scene.reached_by() == set()


@pytest.mark.parametrize("first", ["leaving", "signing in"])
async def test_a_sign_in_while_its_chart_is_left_is_before_it_and_ends_or_opens_nothing(
    scene: Scene, first: str
) -> None:
    challenge = await ask(scene.client, LAN, HER_PHONE)
    code = await code_arrives(scene.database, challenge)

    async def signs_in() -> bool:
        try:
            await otp.open_session(challenge, code, DeviceDetails("ios"), DeviceKey(), PLACE)
        except WrongCode:
            return False
        return True

    if first == "leaving":
        assert not await held_open(scene.leaves, signs_in)
    else:
        await held_open(signs_in, scene.leaves)
    assert await scene.reached_by() == set()
    assert await scene.numbers_in_use() == 0


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("first", ["leaving", "merging"])
async def test_a_merge_while_its_chart_is_left_brings_no_number_back(
    scene: Scene, first: str, *, typed: bool
) -> None:
    """The other chart states the same number: of the two together it is not theirs, either."""
    if typed:  # by herself: her own chart's hospital never stated it
        await scene.database.owner.execute(
            "UPDATE contact_point SET stated_since = NULL, proposed_by = NULL WHERE patient = $1",
            scene.chart,
        )
    await (
        held_open(scene.leaves, scene.merges)
        if first == "leaving"
        else held_open(scene.merges, scene.leaves)
    )

    assert await scene.reached_by() == set()
    assert await scene.numbers_in_use() == 0
    assert (await reads(scene.client, scene.tokens, scene.chart)).status_code == 401


@dataclass
class LeftMeanwhile(FakeProvider):
    """A provider that has got the first text, and answers when the chart was left."""

    leaves: Callable[[], Coroutine[Any, Any, None]] | None = None

    async def send(
        self, address: str, message: OutboundMessage, *, attempt: UUID, wire_deadline: float
    ) -> SendResult:
        if self.leaves is not None:
            leaving, self.leaves = self.leaves, None
            await asyncio.wait_for(asyncio.create_task(leaving(), context=Context()), 10)
        return await super().send(address, message, attempt=attempt, wire_deadline=wire_deadline)


async def test_no_text_waits_for_leaving_and_none_leaves_after_it(scene: Scene) -> None:
    await scene.a_text()
    provider = FakeProvider()

    async with transaction(), asyncio.timeout(20):
        await scene.leaves()
        sent = await asyncio.create_task(
            the_worker_sends(scene.database, provider), context=Context()
        )
    await scene.a_text()
    await the_worker_sends(scene.database, provider)

    assert sent == 1
    assert [address for address, _, _ in provider.sent] == [HER_PHONE]


async def test_leaving_waits_for_no_text_that_is_on_the_wire(scene: Scene) -> None:
    await scene.a_text()
    apis_pool = DB.pool

    async def leaves() -> None:  # an API does it, beside the worker
        workers_pool, DB.pool = DB.pool, apis_pool
        try:
            await scene.leaves()
        finally:
            DB.pool = workers_pool

    provider = LeftMeanwhile(leaves=leaves)
    await the_worker_sends(scene.database, provider)
    left = await scene.reached_by() == set()
    await scene.a_text()
    await the_worker_sends(scene.database, provider)

    assert left
    assert [address for address, _, _ in provider.sent] == [HER_PHONE]


async def test_of_two_phones_that_leave_one_chart_at_once_the_second_is_signed_out(
    scene: Scene,
) -> None:
    other = await sign_in_with(scene.client, scene.database, LAN, HER_PHONE)
    await steps_up(scene.database)
    await scene.database.owner.execute("UPDATE session_chart SET level = 'otp'")

    async def leaves_too() -> bool:
        try:
            await leave(Caller(verify(other.access_token).session), scene.chart)
        except NotSignedIn:
            return False
        return True

    assert not await held_open(scene.leaves, leaves_too)
    assert await scene.reached_by() == set()
