"""A hub on the tests' own engines, with a sandbox in the test's loop, whose processes may die."""

import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from backend.sandbox.app import create_sandbox
from backend.sandbox.serving import running
from tests.conftest import Database
from tests.crash.crashing_hub import CrashingHub
from tests.crash.texts import make_facility
from tests.harness.processes.victims import Spawner, spawning


@pytest.fixture(scope="session")
async def spawner() -> AsyncIterator[Spawner]:
    async with spawning() as spawner:
        yield spawner


@pytest.fixture
async def hub(database: Database, spawner: Spawner, tmp_path: Path) -> AsyncIterator[CrashingHub]:
    """No process yet, one facility, a provider that behaves."""
    account, token = os.environ["HUB_TWILIO_ACCOUNT_SID"], os.environ["HUB_TWILIO_AUTH_TOKEN"]
    servers = database.servers
    spawner.passed.clear()
    await make_facility(database.owner)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as api_socket:
        host, port = api_socket.getsockname()[:2]
        async with (
            running(create_sandbox(account, token)) as sandbox_url,
            httpx.AsyncClient(base_url=sandbox_url, timeout=10) as sandbox,
        ):
            hub = CrashingHub(
                spawner=spawner,
                environment={
                    "HUB_REDIS_URL": servers.redis_url,
                    "HUB_PUBLIC_URL": f"http://{host}:{port}",
                    "HUB_TWILIO_BASE_URL": sandbox_url,
                    "HUB_LEASE_SECONDS": "2",
                    "HUB_DOUBT_SECONDS": "0.3",
                    "HUB_IN_FLIGHT": "5",
                    "HUB_POOL_SIZE": "4",
                },
                roles={
                    "worker": servers.database_url("hub_worker"),
                    "api": servers.database_url("hub_api"),
                },
                owner=database.owner,
                api_socket=api_socket,
                sandbox=sandbox,
                log=tmp_path / "hub.log",
            )
            yield hub
            await hub.end()
