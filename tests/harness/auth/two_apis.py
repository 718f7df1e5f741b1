"""Two APIs of one hub."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server

import httpx

from tests.conftest import Database
from tests.harness.processes.victims import Spawner, Victim

AT_ONCE = 40
"""Connections that are open to each API; more would only queue."""


@dataclass(frozen=True, slots=True)
class TwoApis:
    """Two processes with pools and sockets of their own, behind a proxy on this machine."""

    clients: tuple[httpx.AsyncClient, ...]
    processes: tuple[Victim, ...]

    def of(self, n: int) -> httpx.AsyncClient:
        return self.clients[n % len(self.clients)]


@asynccontextmanager
async def serving(database: Database, spawner: Spawner, log: Path) -> AsyncIterator[TwoApis]:
    async with AsyncExitStack() as stack:
        clients, processes = [], []
        for _ in range(2):
            listening = stack.enter_context(create_server(("127.0.0.1", 0), backlog=1024))
            environment = {
                "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
                "HUB_REDIS_URL": database.servers.redis_url,
                "HUB_TRUSTED_PROXIES": "127.0.0.0/8",
                "HUB_POOL_SIZE": "8",
            }
            process = await spawner.start("api", environment, log, listening)
            stack.push_async_callback(process.end)
            client = httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
                timeout=60,
                limits=httpx.Limits(max_connections=AT_ONCE),
            )
            clients.append(await stack.enter_async_context(client))
            processes.append(process)
        yield TwoApis(tuple(clients), tuple(processes))
