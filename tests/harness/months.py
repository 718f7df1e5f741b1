"""Months of a past that a test needs: partitions, rows in them, and how long they are kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg

from backend.core.database import new_id
from backend.core.months.tables import MONTHLY
from tests.conftest import Database
from tests.harness.makers import a_facility
from tests.harness.unguarded import unguarded

MAKE: Final = "SELECT hub_make_month(10000)"
OLD: Final = 15
LAST: Final = 1
KEPT: Final = 12
"""Months: how long ago the old one was and the last one, and how long one is kept."""
A_DAY: Final = timedelta(days=1)
OTHER: Final = {table: f"months.{table}_other" for table in MONTHLY}


def month(ago: int, at: datetime | None = None) -> datetime:
    """Give the first moment of the month that was so many months ago."""
    now = at or datetime.now(UTC)  # noqa: TID251  # as the database has it: months are of its clock
    months = now.year * 12 + now.month - 1 - ago
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def part_of(table: str, ago: int) -> str:
    return f"months.{table}_{month(ago):%Y_%m}"


def id_of(at: datetime) -> UUID:
    """Give an id as the hub would have made it then."""
    return UUID(int=int(at.timestamp() * 1000) << 80 | new_id().int & ((1 << 80) - 1))


async def kept_for(owner: asyncpg.Connection, months: int, *tables: str) -> None:
    """Keep the months of these tables, or of all, so long."""
    await owner.execute("DELETE FROM retention")
    await owner.executemany(
        "INSERT INTO retention (table_name, months) VALUES ($1, $2)",
        [(table, months) for table in tables or MONTHLY],
    )


async def make_all(owner: asyncpg.Connection) -> None:
    while await owner.fetchval(MAKE):
        pass


async def make_past(owner: asyncpg.Connection, *agos: int) -> None:
    """Make the months that were so many months ago, as a worker of then would have."""
    for ago in agos:
        await owner.execute(
            "UPDATE clock_offset SET ahead = $1::timestamptz - clock_timestamp()",
            month(ago) + timedelta(days=9),
        )
        await make_all(owner)
    await owner.execute("UPDATE clock_offset SET ahead = '0'")


async def write_act(owner: asyncpg.Connection, at: datetime) -> UUID:
    """Write a row of the audit log as one of then."""
    row = id_of(at)
    async with unguarded(owner):
        await owner.execute(
            "INSERT INTO audit_event (id, at, actor_kind, action, written_by)"
            " VALUES ($1, $2, 'system', 'test', pg_current_xact_id())",
            row, at,
        )  # fmt: skip
    return row


async def write_message(
    owner: asyncpg.Connection, facility: UUID, at: datetime, sender_hash: str
) -> UUID:
    """Store a message as one of then."""
    row = id_of(at)
    await owner.execute(
        "WITH k AS (INSERT INTO known_sender_id (id, facility, dialect, sender_hash)"
        " VALUES ($1, $2, 'hub', $3))"
        " INSERT INTO received_event (id, facility, dialect, received_at)"
        " VALUES ($1, $2, 'hub', $4)",
        row, facility, sender_hash, at,
    )  # fmt: skip
    return row


async def a_past(database: Database) -> UUID:
    """An old month and the last one, each with a row of every table; nothing open."""
    owner = database.owner
    await make_past(owner, OLD, LAST)
    await kept_for(owner, KEPT)
    facility = await a_facility(database)
    for ago in (OLD, LAST):
        at = month(ago) + A_DAY
        await write_message(owner, facility, at, f"sender {ago}")
        await write_act(owner, at)
        async with unguarded(owner):
            for table in ("attempt", "delivery_event"):
                await owner.execute(f"INSERT INTO {table} (id) VALUES ($1)", id_of(at))
    return facility


async def parts(owner: asyncpg.Connection, table: str) -> set[str]:
    rows = await owner.fetch("SELECT part::text FROM hub_months() WHERE table_name = $1", table)
    return {row["part"] for row in rows}


@asynccontextmanager
async def own_months(owner: asyncpg.Connection) -> AsyncIterator[None]:
    """Give back the months of today afterwards: the next test has the same database."""
    try:
        yield
    finally:
        async with unguarded(owner):
            for table in MONTHLY:
                await owner.execute(f"DELETE FROM {table}")
        await owner.execute("UPDATE clock_offset SET ahead = '0'")
        today = {part_of(table, ago) for table in MONTHLY for ago in (0, -1, -2, -3)}
        for table in MONTHLY:
            for part in await parts(owner, table) - today:
                await owner.execute(f"ALTER TABLE {table} DETACH PARTITION {part}")
                await owner.execute(f"DROP TABLE {part}")
        await make_all(owner)
