"""A transaction of the worker's in one task, while others of the API's are open in others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg

from backend.core.database import DB, _Open


@asynccontextmanager
async def worker_transaction(pool: asyncpg.Pool) -> AsyncIterator[None]:
    """Open one with the worker's login role; what is done in this task joins it."""
    async with pool.acquire() as connection:
        opened = _Open(connection)
        token = DB.current_transaction.set(cast("Any", opened))
        try:
            async with connection.transaction():
                yield
        finally:
            DB.current_transaction.reset(token)
    for act in opened.afterwards:
        act()
