"""The second lock with several charts, and what a grant opens: by session, reach and level."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient

from backend.auth.access.gate import Caller, StrongerSignInNeeded, reading_as
from backend.auth.rules import RecordClass
from backend.core.database import fetch, new_id
from backend.core.errors import NotFound
from backend.records.kinds import KINDS
from tests.conftest import Database
from tests.harness.records.reaching import at_level, leaves, reaches, steps_up
from tests.harness.records.union import Union, a_union

OTHERS = ("patient_change", "dose_rule", "tombstone", "document_content", "dose_note")
TABLES = (*(kind.table for kind in KINDS), *OTHERS)


@pytest.fixture
async def union(database: Database, client: AsyncClient) -> Union:
    """Four charts, of which the session reaches two."""
    return await a_union(database, client, 4, 2)


@asynccontextmanager
async def as_reader(
    database: Database, session: UUID | None, chart: UUID | str = ""
) -> AsyncIterator[asyncpg.Connection]:
    """Be the role behind the gate, with settings as somebody left them."""
    async with database.owner.transaction():
        await database.owner.execute(
            "SELECT set_config('hub.session', $1, true), set_config('hub.patient', $2, true),"
            " set_config('role', 'hub_patient', true)",
            str(session or ""), str(chart),
        )  # fmt: skip
        yield database.owner


async def seen(reader: asyncpg.Connection, table: str) -> set[UUID]:
    return {row["patient"] for row in await reader.fetch(f"SELECT patient FROM {table}")}


@pytest.mark.parametrize("table", TABLES)
async def test_a_forgotten_gate_opens_nothing(union: Union, table: str) -> None:
    async with as_reader(union.database, None) as reader:
        assert await seen(reader, table) == set()
    async with as_reader(union.database, None, union.charts[0]) as reader:
        assert await seen(reader, table) == set()
    async with as_reader(union.database, new_id()) as reader:
        assert await seen(reader, table) == set()


@pytest.mark.parametrize("table", TABLES)
async def test_no_setting_opens_a_chart_that_the_session_does_not_reach(
    union: Union, table: str
) -> None:
    async with as_reader(union.database, union.session) as reader:
        assert await seen(reader, table) <= set(union.charts[:2])
    async with as_reader(union.database, union.session, union.charts[2]) as reader:
        assert await seen(reader, table) == set()


@pytest.mark.parametrize("table", ["result", "observation", "medicine", "dose_rule"])
async def test_without_a_where_there_is_the_reach_and_no_more(union: Union, table: str) -> None:
    async with reading_as(union.caller, None, RecordClass.RESULTS) as reader:
        rows = await fetch(f"SELECT patient FROM {table}")
    assert reader.charts == union.charts[:2]
    assert {row["patient"] for row in rows} == set(union.charts[:2])

    async with reading_as(union.caller, union.charts[1], RecordClass.RESULTS):
        rows = await fetch(f"SELECT patient FROM {table}")
    assert {row["patient"] for row in rows} == {union.charts[1]}


async def test_a_policy_asks_each_chart_for_the_level_of_its_kind(union: Union) -> None:
    one, other, *_ = union.charts
    await union.database.owner.execute(
        "UPDATE session_chart SET level = 'otp-limited' WHERE chart = $1", other
    )
    async with as_reader(union.database, union.session) as reader:
        for table in ("result", "observation", "medicine", "dose_rule", "patient_change"):
            assert await seen(reader, table) == {one}, table
        assert await seen(reader, "appointment") == {one, other}
        names = await reader.fetch("SELECT id FROM patient")
    assert {row["id"] for row in names} == {one}


@pytest.mark.parametrize("how", ["found", "dead", "left", "over", "ended"])
async def test_a_policy_looks_at_the_reach_itself(union: Union, how: str) -> None:
    """The gate let it in; before the rows are asked for, it ends. Held open on one side."""
    owner, (one, other, *_) = union.database.owner, union.charts
    async with reading_as(union.caller, None, RecordClass.RESULTS):
        before = {row["patient"] for row in await fetch("SELECT patient FROM result")}
        match how:
            case "found":
                await at_level(owner, "found")
            case "dead":
                await owner.execute(
                    "UPDATE patient SET deceased_at = hub_clock() WHERE id = ANY ($1)", [one, other]
                )
            case "left":
                await leaves(owner, union.session, one)
                await leaves(owner, union.session, other)
            case "over":
                await owner.execute("UPDATE session SET expires_at = hub_clock()")
            case _:
                await owner.execute("UPDATE session SET ended_at = hub_clock()")
        after = await fetch("SELECT patient FROM result")

    assert (before, list(after)) == ({one, other}, [])


@pytest.mark.parametrize("table", ["notification", "delivery"])
async def test_an_inbox_opens_with_its_own_chart_alone(union: Union, table: str) -> None:
    policies = await union.database.owner.fetch(
        "SELECT qual, with_check FROM pg_policies WHERE tablename = $1 AND policyname = 'inbox'",
        table,
    )

    for said in policies[0]:
        assert "authorized_charts('own'::text, '{otp-limited,otp,desk,vneid}'::text[])" in said


async def grants(union: Union, chart: UUID, caregiver: UUID, scope: str = "full") -> UUID:
    made: UUID = await union.database.owner.fetchval(
        "INSERT INTO caregiver_grant (id, patient, caregiver, scope, begins_at)"
        " VALUES ($1, $2, $3, $4, hub_clock()) RETURNING id",
        new_id(), chart, caregiver, scope,
    )  # fmt: skip
    return made


async def opened(caller: Caller, chart: UUID, what: RecordClass = RecordClass.RESULTS) -> str:
    """Say how the gate answers, and look that the policies agree where it opens."""
    try:
        async with reading_as(caller, chart, what) as reader:
            rows = await fetch("SELECT patient FROM appointment")
            assert {row["patient"] for row in rows} == {chart}
            return reader.scope
    except NotFound:
        return "not found"
    except StrongerSignInNeeded:
        return "stronger"


async def test_a_grant_opens_in_a_session_that_reaches_the_caregivers_chart(union: Union) -> None:
    _, mine, theirs, other = union.charts
    grant = await grants(union, theirs, mine)

    assert await opened(union.caller, theirs) == "full"
    assert await opened(union.caller, other) == "not found"
    assert len(await union.listed("results")) == 2, "what a grant opens is not of my own"
    row = await union.database.owner.fetchrow(
        "SELECT actor, subject FROM audit_event WHERE patient = $1 AND result = 'done'"
        " AND action = 'results'",
        theirs,
    )
    assert tuple(row) == (union.session, grant)


@pytest.mark.parametrize(
    ("level", "answer"),
    [
        ("found", "not found"),
        ("otp-limited", "stronger"),
        ("otp", "full"),
        ("desk", "full"),
        ("vneid", "full"),
    ],
)
@pytest.mark.parametrize("what", [RecordClass.RESULTS, RecordClass.APPOINTMENTS])
async def test_a_grant_needs_a_full_sign_in_on_the_caregivers_chart(
    union: Union, level: str, answer: str, what: RecordClass
) -> None:
    first, mine, theirs, _ = union.charts
    await grants(union, theirs, mine)
    await union.database.owner.execute(
        "UPDATE session_chart SET level = $2 WHERE chart = $1", mine, level
    )

    assert await opened(union.caller, theirs, what) == answer
    assert await opened(union.caller, first, what) == "own"


@pytest.mark.parametrize("end", ["left", "caregiver died", "patient died", "ended", "over"])
async def test_a_grant_ends_with_either_side(union: Union, end: str) -> None:
    owner, (_, mine, theirs, _) = union.database.owner, union.charts
    grant = await grants(union, theirs, mine)
    before = await opened(union.caller, theirs)
    match end:
        case "left":
            await leaves(owner, union.session, mine)
        case "caregiver died" | "patient died":
            await owner.execute(
                "UPDATE patient SET deceased_at = hub_clock() WHERE id = $1",
                mine if end == "caregiver died" else theirs,
            )
        case "ended":
            await owner.execute("UPDATE caregiver_grant SET ended_at = hub_clock()")
        case _:
            await owner.execute("ALTER TABLE caregiver_grant DISABLE TRIGGER never_widens")
            await owner.execute(
                "UPDATE caregiver_grant SET ends_at = hub_clock() WHERE id = $1", grant
            )
            await owner.execute("ALTER TABLE caregiver_grant ENABLE TRIGGER never_widens")

    assert (before, await opened(union.caller, theirs)) == ("full", "not found")
    async with as_reader(union.database, union.session, theirs) as reader:
        assert await seen(reader, "appointment") == set()


async def test_of_two_grants_on_a_chart_the_one_that_opens_more_counts(union: Union) -> None:
    one, other, theirs, _ = union.charts
    await grants(union, theirs, one, "summary")
    assert await opened(union.caller, theirs) == "not found"
    await grants(union, theirs, other, "full")

    assert await opened(union.caller, theirs) == "full"


async def test_ones_own_chart_is_read_as_ones_own_whatever_grants_there_are(union: Union) -> None:
    one, other, *_ = union.charts
    await grants(union, other, one, "summary")

    assert await opened(union.caller, other) == "own"


async def test_a_granted_chart_of_a_discreet_facility_opens_while_stepped_up(union: Union) -> None:
    owner, (_, mine, theirs, _) = union.database.owner, union.charts
    await grants(union, theirs, mine)
    await owner.execute(
        "UPDATE facility SET discreet = true WHERE id = $1", union.hospitals[2].facility
    )
    before = await opened(union.caller, theirs)
    await steps_up(owner, union.session)

    assert (before, await opened(union.caller, theirs)) == ("not found", "full")


@pytest.mark.parametrize(("scope", "shown"), [("full", 1), ("summary", 0)])
async def test_restricted_records_of_a_grant_open_with_the_caregivers_step_up(
    union: Union, scope: str, shown: int
) -> None:
    owner, (first, mine, theirs, _) = union.database.owner, union.charts
    await grants(union, theirs, mine, scope)
    await owner.execute("UPDATE appointment SET restriction = 'hiv', change_n = change_n + 1")

    async def count() -> int:
        async with reading_as(union.caller, theirs, RecordClass.APPOINTMENTS):
            return len(await fetch("SELECT id FROM appointment"))

    step_up = (
        "UPDATE session_chart SET stepped_up_until = hub_clock() + '5 minutes'::interval"
        " WHERE chart = $1"
    )
    before = await count()
    await owner.execute(step_up, first)
    of_another = await count()
    await owner.execute(step_up, mine)

    assert (before, of_another, await count()) == (0, 0, shown)


async def test_a_second_session_of_the_same_phone_reaches_only_its_own(union: Union) -> None:
    other = await a_union(union.database, union.client, 1, 1)
    await reaches(union.database.owner, other.session, union.charts[3])
    await grants(union, union.charts[2], union.charts[1])

    assert await opened(union.caller, union.charts[2]) == "full"
    assert await opened(other.caller, union.charts[2]) == "not found"
    assert await opened(other.caller, union.charts[0]) == "not found"
    assert await opened(union.caller, union.charts[3]) == "not found"
    assert await opened(other.caller, union.charts[3]) == "own"
