"""The database with its months, which each of these tests may make and drop."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.conftest import Database
from tests.harness.months import own_months


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with own_months(database.owner):
        yield database.owner


@pytest.fixture
async def another(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A connection of somebody else, who holds what they have."""
    connection = await asyncpg.connect(database.servers.database_url("postgres"))
    yield connection
    await connection.close()
