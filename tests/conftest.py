"""The machinery every test may ask for: real engines, an empty database, the app, moved time."""

import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from backend.core.crypto.keys import make_master_key

os.environ.update(
    {
        "HUB_DATABASE_URL": "postgresql://set-by-the-fixture",
        "HUB_REDIS_URL": "redis://set-by-the-fixture",
        "HUB_MASTER_KEYS": make_master_key("test"),
        "HUB_METRICS_PORT": "0",
        "HUB_PUBLIC_URL": "https://hub.test",
        "HUB_REQUIRE_DPOP": "false",
        "HUB_TRUSTED_PROXIES": "192.0.2.0/24",
        "HUB_TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "HUB_TWILIO_AUTH_TOKEN": "only-for-tests",
        "HUB_TWILIO_SENDER": "BV MAU",
    }
)

import asyncpg
import pytest
import time_machine
from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from backend.api.app import create_app
from backend.auth.access.reading_limit import forget_readings
from backend.auth.dpop.proof_limit import forget_proofs
from backend.core.clock import now
from backend.core.crypto.key_ring import HubKey, load_ring
from backend.core.crypto.keys import Key, Placed, Ring, use_ring
from backend.core.database import DB, close_pool, new_id, open_pool
from backend.core.redis import close_redis, open_redis
from backend.key_rotation.ring_changes import make_first
from backend.sandbox.demo.engines import Engines, create_database, engines
from backend.schema.migrate import migrate
from backend.schema.piccolo_app import TABLES
from tests.harness.memory import keep_in_memory

gc.disable()  # until everything is collected: it lasts, and looking through it again finds nothing
keep_in_memory()

EMPTY = "".join(
    [
        "BEGIN; SET LOCAL session_replication_role = replica;",
        *(f'DELETE FROM "{table._meta.tablename}";' for table in TABLES if table is not HubKey),
        "UPDATE clock_offset SET ahead = '0' WHERE ahead <> '0'; COMMIT",
    ]
)
"""Empties every table in any order, a hundred times faster than TRUNCATE does it. Keys stay."""


def pytest_collection_finish() -> None:
    """Leave the code and the list of tests out of every later search for garbage."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def servers() -> Iterator[Engines]:
    """A PostgreSQL and a Valkey of this test process's own.

    Not below pytest's own folder: every pytest that starts closes that one to other users, and
    PostgreSQL, started by root, is one.
    """
    with TemporaryDirectory(prefix="hub-tests-") as folder, engines(Path(folder)) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Database:
    """The migrated database, and ways to look at it that no role of the hub has."""

    servers: Engines
    owner: asyncpg.Connection
    worker_pool: asyncpg.Pool

    @asynccontextmanager
    async def as_worker(self) -> AsyncIterator[None]:
        """Run the block with the worker's login role, as `hub worker` does."""
        api_pool, DB.pool = DB.pool, self.worker_pool
        try:
            yield
        finally:
            DB.pool = api_pool


@pytest.fixture(scope="session")
async def migrated(servers: Engines) -> AsyncIterator[Database]:
    await create_database(servers)
    owner = await asyncpg.connect(servers.database_url("postgres"))
    await owner.execute("ALTER SYSTEM SET fsync = off")
    await owner.execute("SELECT pg_reload_conf()")
    await migrate(servers.database_url("postgres"))
    await make_first(owner)
    await open_pool(servers.database_url("hub_worker"), size=8, process="test-worker")
    worker_pool, DB.pool = DB.pool, None
    await open_pool(servers.database_url("hub_api"), size=8, process="test-api")
    open_redis(servers.redis_url)
    await load_ring()
    yield Database(servers, owner, worker_pool)
    await close_redis()
    await close_pool()
    assert worker_pool is not None
    await worker_pool.close()
    await owner.close()


@pytest.fixture
async def database(migrated: Database) -> AsyncIterator[Database]:
    """An empty database, an empty Valkey, and this process's pools open as `hub api` has them."""
    from backend.core.redis import redis  # noqa: PLC0415  # only after it was opened

    yield migrated
    forget_readings()
    forget_proofs()
    await migrated.owner.execute(EMPTY)
    await redis().flushall()


@pytest.fixture(scope="session", autouse=True)
def ring() -> None:
    """Keys for what needs no database; where there is one, its own take their place."""
    at = now()
    names = ("data0", "signing0", "naming0")
    data, signing, naming = (Placed(Key(name, new_id().bytes * 2), at) for name in names)
    use_ring(Ring((data,), (signing,), (naming,)))


@pytest.fixture(scope="session")
def app() -> Litestar:
    return create_app()


@pytest.fixture
async def client(app: Litestar, database: Database) -> AsyncIterator[AsyncClient]:
    """Speaks to the app in the test's own event loop; Litestar's client would use another."""
    transport = ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]  # stricter scope type
    async with AsyncClient(transport=transport, base_url="https://hub.test") as client:
        yield client


@pytest.fixture
async def proxied(app: Litestar, database: Database) -> AsyncIterator[AsyncClient]:
    """Speaks to the app as the proxy that it trusts does: who asks stands in `X-Forwarded-For`."""
    transport = ASGITransport(
        app=app,  # type: ignore[arg-type]  # stricter scope type
        raise_app_exceptions=False,
        client=("192.0.2.1", 443),
    )
    async with AsyncClient(transport=transport, base_url="https://hub.test") as client:
        yield client


Travel = Callable[[timedelta], AbstractAsyncContextManager[datetime]]


@pytest.fixture
def time_moves(database: Database) -> Travel:
    """Let a test move both clocks by a timedelta, for the length of an `async with`."""

    @asynccontextmanager
    async def move(by: timedelta) -> AsyncIterator[datetime]:
        await database.owner.execute("UPDATE clock_offset SET ahead = ahead + $1", by)
        with time_machine.travel(now() + by, tick=True):
            yield now()
        await database.owner.execute("UPDATE clock_offset SET ahead = ahead - $1", by)

    return move
