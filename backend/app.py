"""Puts the API together. Nothing else in the code builds one part from another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from backend.database import close_pool, open_pool
from backend.errors import HubError, to_problem
from backend.redis_client import close_redis, open_redis
from backend.settings import load_settings


def create_app() -> Litestar:
    """Make the API. Its pools are opened by `connected`, so tests may bring their own."""
    return Litestar(route_handlers=[], exception_handlers={HubError: to_problem})


@asynccontextmanager
async def connected(_: Litestar) -> AsyncIterator[None]:
    settings = load_settings()
    await open_pool(settings.database_url, size=settings.pool_size, process="hub-api")
    open_redis(settings.redis_url)
    try:
        yield
    finally:
        await close_redis()
        await close_pool()
