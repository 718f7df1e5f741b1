"""Opens the connections of a process, the way every connection of the hub is."""

from typing import Any

import asyncpg

from backend.core.postgres.stored_instants import bound_instants


async def new_pool(url: str, size: int, process: str) -> Any:
    """Open a pool.

    Args:
        url: where PostgreSQL is, and as which role.
        size: connections at most.
        process: what PostgreSQL's own lists call them.

    Raises:
        OSError, asyncpg.PostgresError: nobody answered there, or refused.
    """
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        command_timeout=30,
        init=bound_instants,
        reset=_leave_clean,
        server_settings={
            "application_name": process,
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": "60s",
            "jit": "off",
        },
    )


async def _leave_clean(connection: Any) -> None:
    """Every setting of ours is local to a transaction, so there is nothing else to reset."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")
