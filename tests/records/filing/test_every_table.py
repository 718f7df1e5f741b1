"""Every table of records has both locks: found in the catalogue, so that none is forgotten."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient

from backend.auth.access.gate import reading_as
from backend.core.clock import now
from backend.core.database import execute, fetch, new_id
from backend.records.kinds import KINDS
from backend.sandbox.demo.story_bundles import LAN, TU
from tests.conftest import Database
from tests.harness.intake.hospital import a_hospital
from tests.harness.records.callers import CallerOfChart, caller

TABLES: Final = tuple(kind.table for kind in KINDS)
_ANYTHING: Final[dict[str, Callable[[], object]]] = {
    "uuid": new_id, "text": lambda: "x", "character varying": lambda: "x", "bytea": lambda: b"x",
    "timestamp with time zone": now, "bigint": lambda: 1, "boolean": lambda: False,
    "ARRAY": lambda: ["x"],
}  # fmt: skip


async def put_a_row(database: Database, table: str, patient: UUID, facility: UUID) -> None:
    """Store a row that its owner may see, whatever columns such a row must have."""
    columns = await database.owner.fetch(
        "SELECT column_name AS name, data_type AS type FROM information_schema.columns"
        " WHERE table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL",
        table,
    )
    values = {row["name"]: _ANYTHING[row["type"]]() for row in columns}
    values |= {"key": str(patient), "patient": patient, "facility": facility}
    values |= {"restriction": "", "hidden": False, "visible_from": now()}
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await database.owner.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({places})", *values.values()
    )


@pytest.fixture
async def lan(database: Database, client: AsyncClient) -> CallerOfChart:
    """One of two patients, with a row of each in every table of records."""
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN, TU)
    people = [row["id"] for row in await database.owner.fetch("SELECT id FROM patient")]
    for table in TABLES:
        for patient in people:
            await put_a_row(database, table, patient, hospital.facility)
    return await caller(client, database, LAN.citizen_id)


async def test_every_table_with_patients_that_readers_reach_has_the_second_lock(
    database: Database,
) -> None:
    open_tables = await database.owner.fetch(
        "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r'"
        " AND c.relnamespace = 'public'::regnamespace"
        " AND has_table_privilege('hub_patient', c.oid, 'SELECT') AND NOT c.relrowsecurity"
        " ORDER BY c.relname"
    )

    assert [row["relname"] for row in open_tables] == ["clock_offset", "facility"]


@pytest.mark.parametrize("table", TABLES)
async def test_a_query_without_a_where_gives_a_reader_only_what_is_hers(
    lan: CallerOfChart, table: str
) -> None:
    async with reading_as(lan, None, "test"):
        rows: Sequence[asyncpg.Record] = await fetch(f"SELECT patient FROM {table}")

    assert [row["patient"] for row in rows] == [lan.chart]


@pytest.mark.parametrize("table", TABLES)
async def test_a_forgotten_gate_is_permission_denied(lan: CallerOfChart, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await fetch(f"SELECT patient FROM {table}")


@pytest.mark.parametrize("table", TABLES)
async def test_no_worker_reads_a_record(database: Database, lan: CallerOfChart, table: str) -> None:
    async with database.as_worker():
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(f"SELECT patient FROM {table}")


@pytest.mark.parametrize("table", TABLES)
async def test_no_reader_writes_a_record(lan: CallerOfChart, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with reading_as(lan, None, "test"):
            await execute(f"UPDATE {table} SET hidden = true")
