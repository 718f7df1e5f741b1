"""The bare comparator of a Bundle: parses its JSON and inserts a row for each resource."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec
from litestar import Litestar, MediaType, Request, Response, post
from litestar.datastructures import State

from backend.core.database import new_id
from backend.core.settings import load_settings

TABLE = "CREATE TABLE IF NOT EXISTS bare_resource (id uuid PRIMARY KEY, kind text, body jsonb)"
SQL = "INSERT INTO bare_resource (id, kind, body) VALUES ($1, $2, $3)"


@post("/", media_type=MediaType.JSON, status_code=200)
async def take(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    resources = [entry["resource"] for entry in msgspec.json.decode(await request.body())["entry"]]
    rows = [(new_id(), resource["resourceType"], msgspec.json.encode(resource).decode())
            for resource in resources]  # fmt: skip
    await state.pool.executemany(SQL, rows)  # one transaction
    return Response(b'{"resourceType":"Bundle","type":"transaction-response"}')


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    async with asyncpg.create_pool(load_settings().database_url, max_size=10) as app.state.pool:
        await app.state.pool.execute(TABLE)
        yield


def create_bare() -> Litestar:
    return Litestar([take], lifespan=[connected], openapi_config=None, logging_config=None)
