"""Routes for monitoring: liveness and readiness of one process."""

import asyncio
from typing import Final

from litestar import Controller, get
from msgspec import Struct
from redis.exceptions import RedisError

from backend.core.database import fetch_value
from backend.core.http.public import open_to_all
from backend.core.postgres.database_failures import AWAY, RETRY_SECONDS, DatabaseUnable, refusal_for
from backend.core.redis import FastStoreAway, redis

PATIENCE: Final = 1.0
"""Seconds an engine has for its answer."""


class ReadyView(Struct, frozen=True, rename="camel"):
    """What this process can reach."""

    database: str
    fast_store: str
    """`away` leaves the process ready: only sign-in codes need Redis, and those answer 503 by
    themselves. Taking every process out of service for it would turn a small loss into a whole."""


class Health(Controller):
    path = "/"
    guards = [open_to_all]
    tags = ["operations"]

    @get("/health/live")
    async def live(self) -> dict[str, str]:
        """Report that the process runs. This asks no other system."""
        return {"status": "live"}

    @get("/health/ready")
    async def ready(self) -> ReadyView:
        """Report that the process can serve requests; 503 `database_away` if it cannot."""
        await check_database()
        return ReadyView(database="here", fast_store=await look_for_fast_store())


async def check_database() -> None:
    """Ask the database whether it can keep something.

    Raises:
        DatabaseAway: it does not answer.
        DatabaseUnable: it is a standby, or else only readable.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            read_only = await fetch_value("SELECT current_setting('transaction_read_only')")
    except AWAY as failed:
        raise refusal_for(failed) from None
    if read_only == "on":
        raise DatabaseUnable(retry_after=RETRY_SECONDS)


async def look_for_fast_store() -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await redis().ping()
    except (RedisError, FastStoreAway, TimeoutError, OSError):
        return "away"
    return "here"
