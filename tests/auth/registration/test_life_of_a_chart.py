"""Death and use of a chart: its own facility says so, and takes it back."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from httpx import AsyncClient

from backend.auth.access.gate import NotSignedIn
from backend.auth.rules import Level
from backend.sandbox.demo.story_bundles import Resource, encoded
from tests.conftest import Database
from tests.harness.auth.steps import a_person, citizen, hospital_number, hospital_says
from tests.harness.makers import a_facility
from tests.harness.records.charts import (
    LASTING,
    TEMPORARY,
    Charts,
    chart,
    sees,
    signed_in,
    some_charts,
)

SAID_IN: Final = ("PUT", "POST")
DIED: Final[list[dict[str, Any]]] = [
    {"deceasedBoolean": True},
    {"deceasedDateTime": "2026"},
    {"deceasedDateTime": "2026-11"},
    {"deceasedDateTime": "2026-11-01T08:00:00+07:00"},
]


@pytest.fixture
async def charts(database: Database, client: AsyncClient) -> Charts:
    made = await some_charts(database, client, TEMPORARY, LASTING)
    await made.files_a_visit(LASTING)
    return made


async def says(charts: Charts, method: str, **more: Any) -> Resource:
    """Send Lan's chart alone, by its number."""
    address = "/fhir/R4/Patient" + ("/BN-1" if method == "PUT" else "")
    answer = await charts.hospital.sends(method, address, encoded(chart(LASTING, **more)))
    assert answer.status_code == 200, answer.text
    row = await charts.database.owner.fetchrow(
        "SELECT deceased_at, active FROM patient WHERE id = $1", await charts.owner(LASTING)
    )
    assert row
    return {"died": row["deceased_at"] is not None, "active": row["active"]}


@pytest.mark.parametrize("died", DIED)
@pytest.mark.parametrize("method", SAID_IN)
async def test_death_ends_the_reach_of_this_chart_alone(
    charts: Charts, database: Database, died: dict[str, Any], method: str
) -> None:
    hers = await signed_in(await charts.owner(LASTING), Level.OTP, "code")
    others = await signed_in(await charts.owner(TEMPORARY), Level.OTP, "code")
    assert (await sees(hers))["result"] == 1

    assert (await says(charts, method, **died))["died"]

    with pytest.raises(NotSignedIn):
        await sees(hers)
    assert (await sees(others))["result"] == 0
    ended = await database.owner.fetchval(
        "SELECT ended_why FROM session_chart WHERE session = $1", hers.session
    )
    assert ended == "deceased"


@pytest.mark.parametrize("died", DIED[:2])
@pytest.mark.parametrize(
    ("method", "more", "taken_back"),
    [
        ("POST", {"deceasedBoolean": False}, True),
        ("PUT", {"deceasedBoolean": False}, True),
        ("PUT", {}, True),
        ("POST", {}, False),
    ],
)
async def test_its_facility_takes_death_back(
    charts: Charts, died: dict[str, Any], method: str, more: dict[str, Any], *, taken_back: bool
) -> None:
    """A laboratory that sends a patient without a word of death brings nobody back."""
    await says(charts, "POST", **died)

    assert (await says(charts, method, **more))["died"] is not taken_back

    if taken_back:
        again = await signed_in(await charts.owner(LASTING), Level.OTP, "code")
        assert (await sees(again))["result"] == 1


@pytest.mark.parametrize(
    ("method", "more", "active"),
    [
        ("POST", {}, False),
        ("PUT", {}, True),
        ("POST", {"active": True}, True),
        ("PUT", {"active": True}, True),
        ("PUT", {"active": False}, False),
    ],
)
async def test_a_chart_out_of_use_is_read_on(
    charts: Charts, method: str, more: dict[str, Any], *, active: bool
) -> None:
    hers = await signed_in(await charts.owner(LASTING), Level.OTP, "code")

    assert not (await says(charts, "POST", active=False))["active"]
    assert (await sees(hers))["result"] == 1
    assert (await says(charts, method, **more))["active"] is active


async def test_what_another_hospital_says_of_life_and_use_is_about_its_own_chart(
    database: Database,
) -> None:
    here, there = await a_facility(database), await a_facility(database)
    lan = await hospital_says(a_person(citizen("079185000011"), hospital_number("1")), here)
    died = datetime(2026, 11, 1, tzinfo=UTC)
    before = await database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", lan.patient)

    theirs = await hospital_says(a_person(deceased_at=died, active=False, name="Ai"), there)
    alive = await hospital_says(a_person(lives=True), there)

    assert theirs.patient == alive.patient != lan.patient
    after = await database.owner.fetchrow("SELECT * FROM patient WHERE id = $1", lan.patient)
    assert after == before
