"""Somebody who hangs up at any moment takes no connection with them, and leaves nothing half."""

import asyncio

from httpx import AsyncClient

from backend.core.database import DB, execute, fetch_value, transaction
from tests.api.conftest import Room
from tests.conftest import Database

ALONE, CROWDS = 304, 58
MOST_STEPS = 60
"""More turns of the event loop than such a request takes: the last ones come to their end."""
NEIGHBOURS = 12
"""More at once than the pool has connections, so that some hang up while they wait for one."""


async def books_a_visit() -> None:
    """A transaction as services write them: several statements, one inside another."""
    async with transaction():
        await fetch_value("SELECT count(*) FROM facility")
        async with transaction():
            await execute("INSERT INTO audit_event (actor_kind, action) VALUES ('system', 'test')")
        await fetch_value("SELECT count(*) FROM patient")


async def cancelled_after(steps: int, endpoint: AsyncClient) -> bool:
    """Ask, and hang up after so many turns of the loop; say whether it was in time."""
    request = asyncio.create_task(endpoint.get("/endpoint/visit"))
    for _ in range(steps):
        await asyncio.sleep(0)
    request.cancel()
    await asyncio.gather(request, return_exceptions=True)
    return request.cancelled()


async def free_connections(pool_size: int) -> int:
    """Take every connection of the pool at once, and use it."""
    assert DB.pool is not None
    async with asyncio.timeout(5):
        taken = [await DB.pool.acquire() for _ in range(pool_size)]
    try:
        return sum([await one.fetchval("SELECT 1") for one in taken])
    finally:
        for one in taken:
            await DB.pool.release(one)


async def test_a_thousand_who_hang_up_leave_every_connection_free(
    database: Database, endpoint: AsyncClient, room: Room
) -> None:
    room.happens = books_a_visit
    assert DB.pool is not None
    pool_size = DB.pool.get_max_size()

    asked, cut = 0, 0
    for at_once in [1] * ALONE + [NEIGHBOURS] * CROWDS:
        numbers = range(asked, asked + at_once)
        ended = [cancelled_after(number * 7 % MOST_STEPS, endpoint) for number in numbers]
        asked, cut = asked + at_once, cut + sum(await asyncio.gather(*ended))

    assert asked == 1000
    assert cut > 250
    assert await free_connections(pool_size) == pool_size
    assert (
        await database.owner.fetchval(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
        )
        == 0
    )
