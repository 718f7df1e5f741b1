"""A found chart, or that of a slip, is opened while it dies, is merged, or is another person's.

Each race is held open on one side: one transaction has done all but its commit, the other begins.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.access.access_tokens import verify
from backend.auth.access.gate import Caller
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.registration.patients import find
from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sign_in.activation import WrongSlip, activate
from backend.auth.sign_in.adding_charts import asking_of, say_yes
from backend.core.clock import now
from backend.core.errors import NotFound
from backend.records.lifecycle.merge import merge
from tests.conftest import Database
from tests.harness.auth.charts import (
    HER_PHONE,
    reads,
    states,
)
from tests.harness.auth.racing import held_open
from tests.harness.auth.slips import a_slip
from tests.harness.auth.steps import (
    LAN,
    TU,
    Tokens,
    a_person,
    citizen,
    hospital_number,
    hospital_says,
    sign_in_with,
)
from tests.harness.makers import a_facility

OWN, OTHER_CHART = hospital_number("BN-7"), hospital_number("BN-8")
ENDS: Final = {"death": "deceased", "merge": "merged", "other id": "citizen_id_replaced"}


@dataclass(frozen=True, slots=True)
class Scene:
    """Her chart at one hospital, which a session of hers has only found, and a second one there."""

    client: AsyncClient
    database: Database
    tokens: Tokens
    chart: UUID
    facility: UUID
    slip: str

    @property
    def caller(self) -> Caller:
        return Caller(verify(self.tokens.access_token).session)

    async def says_yes(self) -> bool:
        try:
            said = await say_yes(self.caller, [self.chart], await asking_of(self.caller))
        except NotFound:
            return False
        return said.opened == [self.chart]

    async def shows_the_slip(self) -> bool:
        try:
            opened = await activate(self.slip, DeviceDetails("android"), DeviceKey(), "10.0.0.1")
        except WrongSlip:
            return False
        return opened.session is not None

    async def opens(self, how: str) -> bool:
        return await (self.says_yes() if how == "yes" else self.shows_the_slip())

    async def ends(self, how: str) -> None:
        if how == "merge":
            one, other = [await find([number], self.facility) for number in (OWN, OTHER_CHART)]
            assert one
            assert other
            await merge(self.facility, one.identifier, other.identifier)
            return
        number = citizen(TU if how == "other id" else LAN)
        more: dict[str, Any] = {"former": (citizen(LAN),)}
        if how == "death":
            more = {"deceased_at": now()}
        await hospital_says(a_person(number, OWN, **more), self.facility)

    async def is_open(self) -> bool:
        """Tell whether any session reads the chart, or would."""
        reached: bool = await self.database.owner.fetchval(
            "SELECT EXISTS (SELECT FROM session_chart c JOIN session s ON s.id = c.session"
            " WHERE c.chart = $1 AND c.ended_at IS NULL AND s.ended_at IS NULL"
            " AND c.level <> 'found')",
            self.chart,
        )
        return reached

    async def why_ended(self) -> set[str]:
        rows = await self.database.owner.fetch(
            "SELECT ended_why FROM session_chart WHERE chart = $1", self.chart
        )
        return {row["ended_why"] for row in rows}


@pytest.fixture
async def scene(client: AsyncClient, database: Database) -> Scene:
    here = await a_facility(database)
    chart = await states(here, a_person(citizen(LAN), OWN))
    await states(here, a_person(OTHER_CHART, mobile=None))
    await states(await a_facility(database), a_person(citizen(LAN)))
    tokens = await sign_in_with(client, database, LAN, HER_PHONE)
    return Scene(client, database, tokens, chart, here, await a_slip(chart))


@pytest.mark.parametrize("how", ["yes", "slip"])
@pytest.mark.parametrize("end", ENDS)
async def test_what_was_opened_just_before_its_chart_ends_is_ended_with_it(
    scene: Scene, how: str, end: str
) -> None:
    async def opens() -> None:
        assert await scene.opens(how)

    await held_open(opens, lambda: scene.ends(end))

    assert not await scene.is_open()
    assert ENDS[end] in await scene.why_ended()
    assert (await reads(scene.client, scene.tokens, scene.chart)).status_code in {401, 404}


@pytest.mark.parametrize("how", ["yes", "slip"])
@pytest.mark.parametrize("end", ENDS)
async def test_what_is_opened_while_its_chart_ends_stays_closed(
    scene: Scene, how: str, end: str
) -> None:
    opened = await held_open(lambda: scene.ends(end), lambda: scene.opens(how))

    assert not opened
    assert not await scene.is_open()
    assert (await reads(scene.client, scene.tokens, scene.chart)).status_code in {401, 404}
