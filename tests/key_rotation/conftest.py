"""A test may turn the hub's keys: afterwards they are as they were before."""

from collections.abc import AsyncIterator, Awaitable
from typing import Protocol, TypeVar

import asyncpg
import pytest

from backend.core.crypto.key_ring import load_ring
from backend.core.database import DB
from tests.conftest import Database

T = TypeVar("T")


class Owner(Protocol):
    """Does something as `hub keys` does: with the owner's login, in a pool of its own."""

    async def __call__(self, work: Awaitable[T]) -> T: ...


@pytest.fixture
async def keys_turn(database: Database) -> AsyncIterator[None]:
    columns = "id, name, purpose, secret, made_at, current_from, ends_at"
    before = await database.owner.fetch(f"SELECT {columns} FROM hub_key")
    yield
    await database.owner.execute("DELETE FROM hub_key")
    await database.owner.executemany(
        f"INSERT INTO hub_key ({columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [tuple(row) for row in before],
    )
    await load_ring()


@pytest.fixture
async def as_owner(database: Database, keys_turn: None) -> AsyncIterator[Owner]:
    pool = await asyncpg.create_pool(
        database.servers.database_url("postgres"), min_size=1, max_size=4
    )

    async def do(work: Awaitable[T]) -> T:
        others, DB.pool = DB.pool, pool
        try:
            return await work
        finally:
            DB.pool = others

    yield do
    await pool.close()
