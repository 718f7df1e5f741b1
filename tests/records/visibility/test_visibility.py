"""Who sees a record that is not released, restricted or hidden, and what is gone from whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.access.gate import reading_as
from backend.auth.rules import RecordClass
from backend.core.database import fetch, fetch_value
from backend.sandbox.demo.story_bundles import LAN, TU, visit
from tests.conftest import Database
from tests.harness.auth.steps import everybody_steps_up
from tests.harness.intake.hospital import a_hospital, an_hour_ago
from tests.harness.records.callers import CallerOfChart, caller

SEEN = "hidden = false, visible_from = hub_clock(), restriction = ''"
RESTRICTED = "hidden = false, visible_from = hub_clock(), restriction = 'hiv'"
HIDDEN = "hidden = true"
UNRELEASED = "visible_from = NULL"

NEVER, THERE, GONE = "never", "there", "gone"


@dataclass(frozen=True)
class Circle:
    """What a reader is shown of the one result: the row, or the tombstone in its place."""

    caller: CallerOfChart
    database: Database

    async def sees(self, patient: UUID | None = None) -> str:
        async with reading_as(self.caller, patient, RecordClass.RESULTS):
            there = await fetch_value("SELECT count(*) FROM result")
            gone = await fetch_value("SELECT count(*) FROM tombstone WHERE kind = 'result'")
        assert (there, gone) in {(0, 0), (1, 0), (0, 1)}
        return THERE if there else GONE if gone else NEVER


@pytest.fixture
async def her(database: Database, client: AsyncClient) -> Circle:
    """A patient with one result, signed in."""
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN, TU)
    await hospital.posts(visit(LAN, an_hour_ago()))
    return Circle(await caller(client, database, LAN.citizen_id), database)


async def change(database: Database, to: str, table: str = "result") -> None:
    await database.owner.execute(f"UPDATE {table} SET {to}, change_n = change_n + 1")


@pytest.mark.parametrize(
    ("life", "plain", "stepped_up"),
    [
        ([SEEN], THERE, THERE),
        ([HIDDEN], GONE, GONE),
        ([HIDDEN, SEEN], THERE, THERE),
        ([UNRELEASED], GONE, GONE),
        ([RESTRICTED], GONE, THERE),
        ([RESTRICTED, HIDDEN], GONE, GONE),
        ([HIDDEN, RESTRICTED], GONE, THERE),
        ([RESTRICTED, SEEN], THERE, THERE),
        ([RESTRICTED, HIDDEN, SEEN], THERE, THERE),
    ],
)
async def test_a_record_is_gone_only_from_where_it_was_to_be_seen(
    database: Database, her: Circle, life: Sequence[str], plain: str, stepped_up: str
) -> None:
    for state in life:
        await change(database, state)

    before = await her.sees()
    await everybody_steps_up(database.owner)
    after = await her.sees()

    assert (before, after) == (plain, stepped_up)


@pytest.mark.parametrize("life", [[HIDDEN], [RESTRICTED, HIDDEN]])
async def test_what_was_never_to_be_seen_leaves_no_tombstone(
    database: Database, her: Circle, life: Sequence[str]
) -> None:
    await database.owner.execute("UPDATE result SET visible_from = NULL")
    await database.owner.execute("DELETE FROM tombstone")

    for state in life:
        await change(database, f"{state.replace('visible_from = hub_clock(), ', '')}")

    await everybody_steps_up(database.owner)
    assert await her.sees() == NEVER


async def test_a_step_up_is_over_by_itself(database: Database, her: Circle) -> None:
    await change(database, RESTRICTED)
    await everybody_steps_up(database.owner)
    assert await her.sees() == THERE

    await database.owner.execute("UPDATE clock_offset SET ahead = '15 minutes'")

    assert await her.sees() == GONE


@pytest.mark.parametrize(
    ("scope", "of_results", "of_appointments"), [("full", 1, 1), ("summary", 0, 1)]
)
async def test_a_grant_opens_the_tombstones_of_what_it_opens(
    database: Database,
    client: AsyncClient,
    her: Circle,
    scope: str,
    of_results: int,
    of_appointments: int,
) -> None:
    tu = await caller(client, database, TU.citizen_id)
    await database.owner.execute(
        "INSERT INTO caregiver_grant (patient, caregiver, scope) VALUES ($1, $2, $3)",
        her.caller.chart, tu.chart, scope,
    )  # fmt: skip
    await change(database, HIDDEN)
    await change(database, HIDDEN, "appointment")

    async with reading_as(tu, her.caller.chart, RecordClass.APPOINTMENTS):
        tombstones = await fetch("SELECT kind FROM tombstone ORDER BY kind")

    kinds = [row["kind"] for row in tombstones]
    assert kinds.count("result") == of_results
    assert kinds.count("appointment") == of_appointments


async def test_a_summary_grant_is_shown_nothing_restricted_after_a_step_up(
    database: Database, client: AsyncClient, her: Circle
) -> None:
    tu = await caller(client, database, TU.citizen_id)
    await database.owner.execute(
        "INSERT INTO caregiver_grant (patient, caregiver, scope) VALUES ($1, $2, 'summary')",
        her.caller.chart, tu.chart,
    )  # fmt: skip
    await change(database, "restriction = 'hiv'", "appointment")
    await everybody_steps_up(database.owner)

    async with reading_as(tu, her.caller.chart, RecordClass.APPOINTMENTS):
        seen = await fetch("SELECT id FROM appointment")
        tombstones = await fetch("SELECT kind FROM tombstone")

    assert seen == []
    assert [row["kind"] for row in tombstones] == ["appointment"]


async def test_another_owner_begins_without_tombstones(
    database: Database, client: AsyncClient, her: Circle
) -> None:
    await change(database, HIDDEN)
    tu = await caller(client, database, TU.citizen_id)

    await database.owner.execute("UPDATE result SET patient = $1", tu.chart)

    assert await database.owner.fetchval("SELECT count(*) FROM tombstone") == 0
