"""The bare comparator of an event: the same server and body, one INSERT and no notice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from litestar import Litestar, MediaType, Request, Response, post
from litestar.datastructures import State

from backend.core.database import new_id
from backend.core.settings import load_settings

TABLE = "CREATE TABLE IF NOT EXISTS bare_event (id uuid PRIMARY KEY, body bytea NOT NULL)"
SQL = "INSERT INTO bare_event (id, body) VALUES ($1, $2)"


@post("/", media_type=MediaType.JSON, status_code=202)
async def take(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    await state.pool.execute(SQL, new_id(), await request.body())
    return Response(b'{"outcome":"applied"}')


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    settings = load_settings()
    async with asyncpg.create_pool(
        settings.database_url, max_size=settings.pool_size, server_settings={"jit": "off"}
    ) as app.state.pool:
        await app.state.pool.execute(TABLE)
        yield


def create_bare() -> Litestar:
    return Litestar([take], lifespan=[connected], openapi_config=None, logging_config=None)
