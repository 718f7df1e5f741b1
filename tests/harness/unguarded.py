"""Rows that no role of the hub could write: a test needs a past, or plays the owner of a table."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


@asynccontextmanager
async def unguarded(owner: asyncpg.Connection) -> AsyncIterator[None]:
    """Leave out all triggers for the block, which is one transaction."""
    async with owner.transaction():
        await owner.execute("SET LOCAL session_replication_role = replica")
        yield
