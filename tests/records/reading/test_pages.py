"""A page opens the record and reads it in one statement, behind the same locks as any reading."""

import asyncio
import json
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient

from backend.auth.access.gate import (
    Caller,
    NotSignedIn,
    StrongerSignInNeeded,
    read_page_of,
    reading_as,
)
from backend.auth.rules import Level, RecordClass, may_read
from backend.core.database import fetch
from backend.core.errors import NotFound
from backend.sandbox.demo.story_bundles import LAN, TU, visit
from tests.conftest import Database
from tests.harness.intake.hospital import a_hospital, an_hour_ago
from tests.harness.records.callers import CallerOfChart, caller
from tests.harness.records.reaching import at_level

PAGES = {
    "result": RecordClass.RESULTS,
    "observation": RecordClass.RESULTS,
    "appointment": RecordClass.APPOINTMENTS,
    "medicine": RecordClass.MEDICINES,
}
FIRST_PAGE = (None, None, 21)


@pytest.fixture
async def people(database: Database, client: AsyncClient) -> tuple[CallerOfChart, CallerOfChart]:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN, TU)
    for person in (LAN, TU):
        await hospital.posts(visit(person, an_hour_ago()))
    lan, tu = [await caller(client, database, each.citizen_id) for each in (LAN, TU)]
    return lan, tu


async def read(table: str, who: Caller, patient: UUID | None = None) -> set[UUID]:
    """Give the records on a page."""
    (page,) = await read_page_of(table, who, patient, PAGES[table], *FIRST_PAGE)
    return {UUID(each["id"]) for each in json.loads(b"[%s]" % page["body"])}


async def owned(database: Database, table: str, who: CallerOfChart) -> set[UUID]:
    rows = await database.owner.fetch(f"SELECT id FROM {table} WHERE patient = $1", who.chart)
    return {row["id"] for row in rows}


async def written_down(database: Database) -> list[tuple[UUID, UUID, str]]:
    rows = await database.owner.fetch(
        "SELECT actor, patient, result FROM audit_event WHERE action = ANY ($1) ORDER BY id",
        list(PAGES.values()),
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("table", PAGES)
async def test_a_page_is_read_under_the_second_lock(
    database: Database, people: tuple[CallerOfChart, CallerOfChart], table: str
) -> None:
    lan, _ = people
    before = await read(table, lan)

    await database.owner.execute(f"UPDATE {table} SET visible_from = NULL")

    assert (before, await read(table, lan)) == (await owned(database, table, lan), set())
    assert before


@pytest.mark.parametrize("table", PAGES)
async def test_after_a_page_the_connection_is_nobodys(
    people: tuple[CallerOfChart, CallerOfChart], table: str
) -> None:
    lan, _ = people
    await read(table, lan)

    for _ in range(16):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(f"SELECT * FROM {table}")


async def test_pages_side_by_side_never_show_each_others_rows(
    database: Database, people: tuple[CallerOfChart, CallerOfChart]
) -> None:
    async def reads(who: CallerOfChart) -> set[UUID]:
        seen: set[UUID] = set()
        for _ in range(20):
            seen |= await read("result", who)
            async with reading_as(who, None, "test"):
                seen |= {row["id"] for row in await fetch("SELECT id FROM result")}
        return seen

    seen = await asyncio.gather(*(asyncio.create_task(reads(who)) for who in people * 4))

    theirs = [await owned(database, "result", who) for who in people]
    assert seen == theirs * 4
    assert all(theirs)


@pytest.mark.parametrize("table", PAGES)
async def test_a_page_of_somebody_else_does_not_open(
    database: Database, people: tuple[CallerOfChart, CallerOfChart], table: str
) -> None:
    lan, tu = people

    with pytest.raises(NotFound):
        await read(table, lan, tu.chart)

    assert await written_down(database) == [(lan.session, tu.chart, "not_found")]


@pytest.mark.parametrize("table", PAGES)
async def test_an_ended_session_reads_no_page(
    database: Database, people: tuple[CallerOfChart, CallerOfChart], table: str
) -> None:
    lan, _ = people
    await database.owner.execute("UPDATE session SET ended_at = hub_clock()")

    with pytest.raises(NotSignedIn):
        await read(table, lan)

    assert await written_down(database) == []


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("table", PAGES)
async def test_a_page_needs_the_level_that_the_table_says(
    database: Database, people: tuple[CallerOfChart, CallerOfChart], table: str, level: Level
) -> None:
    lan, _ = people
    await at_level(database.owner, level)

    if may_read(level, PAGES[table]):
        await read(table, lan)
        result = "done"
    else:
        with pytest.raises(StrongerSignInNeeded):
            await read(table, lan)
        result = "stronger_sign_in_needed"

    assert await written_down(database) == [(lan.session, lan.chart, result)]


@pytest.mark.parametrize("what", RecordClass)
async def test_the_gate_asks_every_class_of_records_for_its_level(
    database: Database, people: tuple[CallerOfChart, CallerOfChart], what: RecordClass
) -> None:
    lan, _ = people
    await at_level(database.owner, "otp-limited")
    opened = False

    try:
        async with reading_as(lan, None, str(what)):
            opened = True
    except StrongerSignInNeeded:
        pass

    assert opened == may_read(Level.OTP_LIMITED, what)
