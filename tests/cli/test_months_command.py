"""`hub months` shows what is there and what would go, and changes nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from backend.core.months.tables import MONTHLY
from tests.conftest import Database
from tests.harness.commands import hub
from tests.harness.months import kept_for, make_past, month, own_months, part_of, parts, write_act


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with own_months(database.owner):
        yield database.owner


async def months(database: Database) -> tuple[int, list[str]]:
    url = database.servers.database_url("postgres")
    exits, said = await hub(["months"], database, HUB_DATABASE_OWNER_URL=url)
    return exits, said.splitlines()


@pytest.mark.processes
async def test_each_month_is_listed_with_what_becomes_of_it(
    owner: asyncpg.Connection, database: Database
) -> None:
    await make_past(owner, 15)
    await kept_for(owner, 12)
    before = [await parts(owner, table) for table in MONTHLY]

    exits, lines = await months(database)

    assert exits == 0
    assert [await parts(owner, table) for table in MONTHLY] == before
    old = [line for line in lines if f"{month(15):%Y-%m}" in line]
    assert len(old) == len(MONTHLY)
    assert all("last month nothing was written" in line for line in old)
    now = [line for line in lines if f"{month(0):%Y-%m}" in line]
    assert all(line.endswith("is kept") for line in now)


@pytest.mark.processes
async def test_a_missing_month_and_rows_of_none_are_said_with_exit_1(
    owner: asyncpg.Connection, database: Database
) -> None:
    next_month = part_of("attempt", -1)
    await owner.execute(f"ALTER TABLE attempt DETACH PARTITION {next_month}")
    await owner.execute(f"DROP TABLE {next_month}")
    await write_act(owner, month(50) + timedelta(days=1))

    exits, lines = await months(database)

    assert exits == 1
    assert "attempt: 1 missing, 0 rows of no month" in lines
    assert "audit_event: 0 missing, 1 rows of no month" in lines
