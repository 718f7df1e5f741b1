"""The bare comparator of reading: the same server, rows and answers, without checks of rights."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from litestar import Litestar, MediaType, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from backend.core.settings import load_settings

SQL = (
    "SELECT id, happened_at, header FROM result WHERE patient = $1 AND NOT hidden"
    " ORDER BY happened_at DESC, id DESC LIMIT 21"
)


@get("/{patient:uuid}", media_type=MediaType.JSON)
async def results(patient: FromPath[UUID], state: State) -> Response[bytes]:
    rows = await state.pool.fetch(SQL, patient)
    items = ",".join(row["header"] for row in rows[:20])
    return Response(f'{{"items":[{items}],"nextCursor":null}}'.encode())


@asynccontextmanager
async def connected(app: Litestar) -> AsyncIterator[None]:
    settings = load_settings()
    async with asyncpg.create_pool(
        settings.database_url, max_size=settings.pool_size, server_settings={"jit": "off"}
    ) as app.state.pool:
        yield


def create_bare() -> Litestar:
    return Litestar([results], lifespan=[connected], openapi_config=None, logging_config=None)
