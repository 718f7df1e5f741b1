"""The second lock: without our own WHERE nothing foreign, without the gate nothing at all."""

import asyncio
from contextvars import Context
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient

from backend.auth.access.gate import Caller, NotSignedIn, reading_as
from backend.core.database import execute, fetch, transaction
from backend.core.errors import NotFound
from backend.sandbox.demo.story_bundles import LAN, TU, visit
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago
from tests.harness.records.callers import caller

RECORDS = ["result", "dose_rule"]


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    for person in (LAN, TU):
        await made.posts(visit(person, an_hour_ago()))
    return made


async def patients_in(table: str) -> set[UUID]:
    return {row["patient"] for row in await fetch(f"SELECT * FROM {table}")}


@pytest.mark.parametrize("table", [*RECORDS, "patient_change"])
async def test_without_our_own_where_there_is_nothing_foreign(
    database: Database, client: AsyncClient, hospital: Hospital, table: str
) -> None:
    lan = await caller(client, database, LAN.citizen_id)

    async with reading_as(lan, None, "test"):
        seen = await patients_in(table)

    assert seen == {lan.chart}


@pytest.mark.parametrize("table", [*RECORDS, "received_event"])
async def test_without_the_gate_there_is_nothing(
    database: Database, hospital: Hospital, table: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", [*RECORDS, "received_event", "patient_change"])
async def test_the_worker_can_read_no_record(
    database: Database, hospital: Hospital, table: str
) -> None:
    async with database.as_worker():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", RECORDS)
async def test_a_reader_can_write_nothing(
    database: Database, client: AsyncClient, hospital: Hospital, table: str
) -> None:
    lan = await caller(client, database, LAN.citizen_id)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with reading_as(lan, None, "test"):
            await execute(f"UPDATE {table} SET patient = patient")


@pytest.mark.parametrize("table", [*RECORDS, "received_event"])
async def test_a_hospital_sees_nothing_of_another(
    database: Database, client: AsyncClient, hospital: Hospital, table: str
) -> None:
    other = await a_hospital(database, client, "BV KHAC")

    async with transaction():
        await execute("SELECT open_intake($1)", other.facility)
        seen = await fetch(f"SELECT * FROM {table}")

    assert seen == []


async def test_two_readers_side_by_side_never_see_each_others_rows(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    people = [await caller(client, database, each.citizen_id) for each in (LAN, TU)]

    async def reads(who: Caller) -> set[UUID]:
        seen: set[UUID] = set()
        for _ in range(20):
            async with reading_as(who, None, "test"):
                await asyncio.sleep(0)
                seen |= await patients_in("result")
        return seen

    seen = await asyncio.gather(
        *(asyncio.create_task(reads(who), context=Context()) for who in people * 4)
    )

    assert seen == [{who.chart} for who in people * 4]


async def test_after_reading_the_connection_is_nobodys(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await caller(client, database, LAN.citizen_id)
    async with reading_as(lan, None, "test"):
        await patients_in("result")

    for _ in range(16):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await patients_in("result")


async def test_somebody_elses_record_does_not_open(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await caller(client, database, LAN.citizen_id)
    tu = await caller(client, database, TU.citizen_id)

    with pytest.raises(NotFound):
        async with reading_as(lan, tu.chart, "test"):
            await patients_in("result")

    denied = await database.owner.fetchrow(
        "SELECT actor, patient FROM audit_event WHERE result = 'not_found'"
    )
    assert tuple(denied) == (lan.session, tu.chart)


async def test_a_session_that_was_ended_reads_nothing_more(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await caller(client, database, LAN.citizen_id)
    await database.owner.execute("UPDATE session SET ended_at = hub_clock()")

    with pytest.raises(NotSignedIn):
        async with reading_as(lan, None, "test"):
            await patients_in("result")
