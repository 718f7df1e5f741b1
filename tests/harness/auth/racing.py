"""Two at the same time: both wait for what a third one holds, and then go on together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg

from backend.core.database import transaction
from backend.core.metrics import REGISTRY
from tests.conftest import Database

Act = Callable[[], Coroutine[Any, Any, Any]]
Result = TypeVar("Result")


NUMBERS: Final = "SELECT FROM contact_point WHERE patient = $1 FOR UPDATE"
SESSIONS: Final = (
    "SELECT FROM session s WHERE EXISTS (SELECT FROM session_chart c WHERE c.session = s.id"
    " AND c.chart = $1) FOR UPDATE"
)
REACH: Final = "SELECT FROM session_chart WHERE chart = $1 FOR UPDATE"


@asynccontextmanager
async def held(database: Database, chart: UUID, what: str = NUMBERS) -> AsyncIterator[None]:
    """Hold numbers of a chart, sessions that reach it, or the reach, on a connection of its own."""
    holder = await asyncpg.connect(database.servers.database_url("postgres"))
    try:
        async with holder.transaction():
            await holder.execute(what, chart)
            yield
    finally:
        await holder.close()


async def begun(database: Database, act: Act) -> "asyncio.Task[Any]":
    """Begin something, and go on once it waits for somebody else, or has ended.

    PostgreSQL tells nobody who waits: it is asked again and again.
    """
    before = await _waiting(database)
    task = asyncio.create_task(act(), context=Context())
    async with asyncio.timeout(20):
        while not task.done() and await _waiting(database) == before:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0)
    return task


async def held_open(first: Act, second: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Do all of the first but its commit, until the second waits for it; give what that gives."""
    async with transaction(), asyncio.timeout(20):
        await first()
        waiting = asyncio.create_task(second(), context=Context())
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done, "it waits for the first"
    return await waiting


async def both(
    database: Database, chart: UUID, one: Act, other: Act, what: str = NUMBERS
) -> tuple[Any, Any]:
    """Let two wait for what is held of a chart, one after the other, then let both go on."""
    async with held(database, chart, what):
        first = await begun(database, one)
        second = await begun(database, other)
    return await first, await second


def repeats() -> float:
    """Count what the hub has done again, among it whatever PostgreSQL ended as a deadlock."""
    return REGISTRY.get_sample_value("hub_database_repeats_total", {"part": "unit"}) or 0.0


async def _waiting(database: Database) -> int:
    waiting: int = await database.owner.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
    )
    return waiting
