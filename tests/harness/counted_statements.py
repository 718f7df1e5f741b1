"""Notes every statement that the API sends, so that a test can count them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from backend.core.database import DB
from tests.conftest import Database


@asynccontextmanager
async def counted(database: Database) -> AsyncIterator[list[str]]:
    """Give every statement that the API sends while the block lasts."""
    asked: list[str] = []

    async def listen(connection: asyncpg.Connection) -> None:
        await connection.fetch("SELECT NULL::uuid[], NULL::bigint[]")  # it asks once what these are
        connection.add_query_logger(lambda said: asked.append(said.query))

    async def leave(_: asyncpg.Connection) -> None:
        """Settings of ours end with their transaction."""

    url = database.servers.database_url("hub_api")
    async with asyncpg.create_pool(url, min_size=1, max_size=1, init=listen, reset=leave) as pool:
        before, DB.pool = DB.pool, pool
        try:
            yield asked
        finally:
            DB.pool = before
