"""Runs a whole hub on one machine: engines, sandbox, API and workers as processes."""

import asyncio
import json
import os
import secrets
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from backend.core.crypto.keys import make_master_key
from backend.core.http.metrics_listener import bound
from backend.core.subprocesses import end, start
from backend.sandbox.demo.engines import Engines, create_database, engines

READY_SECONDS = 30.0


class NotStarted(Exception):
    """A process of the hub did not answer in time; its log says why."""


@dataclass
class WholeHub:
    """A running hub, which can start more of its processes."""

    folder: Path
    engines: Engines
    environment: dict[str, str]
    api_url: str
    sandbox_url: str
    api_socket: socket.socket
    processes: dict[str, list[Process]] = field(default_factory=dict)
    metrics: dict[str, list[tuple[socket.socket, Process]]] = field(default_factory=dict)
    """The sockets on which processes show their metrics; the next of a kind takes over the socket
    of one that ended."""

    async def start(self, kind: str, *arguments: str, role: str = "") -> Process:
        """Start one more `hub api` or `hub worker`."""
        environment = dict(self.environment)
        if role:
            environment["HUB_DATABASE_URL"] = self.engines.database_url(role)
        metrics = self._free_metrics_socket(kind)
        handed = [metrics, self.api_socket] if kind == "api" else [metrics]
        process = await start(
            [kind, *arguments, "--metrics-fd", str(metrics.fileno())],
            environment,
            log=self.folder / f"{kind}.log",
            inherited=[listening.fileno() for listening in handed],
        )
        self.processes.setdefault(kind, []).append(process)
        self.metrics.setdefault(kind, []).append((metrics, process))
        return process

    async def start_api(self) -> Process:
        return await self.start("api", "--fd", str(self.api_socket.fileno()), role="hub_api")

    async def start_worker(self) -> Process:
        return await self.start("worker", role="hub_worker")

    def metrics_urls(self, kind: str) -> list[str]:
        """Give the address of the metrics of each running process of a kind."""
        return [
            f"{_address(listening)}/metrics"
            for listening, process in self.metrics.get(kind, [])
            if process.returncode is None
        ]

    def _free_metrics_socket(self, kind: str) -> socket.socket:
        held = self.metrics.setdefault(kind, [])
        for at, (listening, process) in enumerate(held):
            if process.returncode is not None:
                del held[at]
                return listening
        return bound("127.0.0.1", 0)

    def pids(self, kind: str) -> list[int]:
        return [
            process.pid for process in self.processes.get(kind, []) if process.returncode is None
        ]

    async def end_all(self) -> None:
        """End all processes; open calls are finished first, or are in doubt at the next start."""
        everybody = [process for kind in self.processes.values() for process in kind]
        await asyncio.gather(*(end(process) for process in everybody))
        for listening, _ in [pair for kind in self.metrics.values() for pair in kind]:
            listening.close()


@asynccontextmanager
async def whole_hub(
    folder: Path, *, port: int = 0, apis: int = 1, workers: int = 1,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[WholeHub]:  # fmt: skip
    """Start everything in `folder`; the same folder again keeps its data.

    API and workers start while the database is still being migrated: they wait for it.

    Raises:
        NotStarted: a process did not answer in time.
    """
    async with AsyncExitStack() as stack:
        starting = asyncio.create_task(_start_engines(stack, folder))
        stack.push_async_callback(asyncio.wait, [starting])
        api_socket = stack.enter_context(socket.create_server(("127.0.0.1", port), backlog=1024))
        sandbox_socket = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024))
        api_url, sandbox_url = _address(api_socket), _address(sandbox_socket)
        sandbox = await _start_sandbox(folder, sandbox_socket)
        stack.push_async_callback(end, sandbox)
        servers = await starting
        environment = _environment(folder, servers, api_url, sandbox_url, settings or {})
        hub = WholeHub(folder, servers, environment, api_url, sandbox_url, api_socket)
        hub.processes["sandbox"] = [sandbox]
        stack.push_async_callback(hub.end_all)
        migrating = asyncio.create_task(_migrate(hub))
        for _ in range(apis):
            await hub.start_api()
        await _answers(hub, f"{sandbox_url}/behaviour", "sandbox")
        for _ in range(workers):
            await hub.start_worker()
        await migrating
        if apis:
            await _answers(hub, f"{api_url}/health/ready", "api")
        yield hub


async def _start_engines(stack: AsyncExitStack, folder: Path) -> Engines:
    servers = await asyncio.to_thread(stack.enter_context, engines(folder))
    await create_database(servers)
    return servers


async def _start_sandbox(folder: Path, listening: socket.socket) -> Process:
    return await start(
        ["sandbox", "--fd", str(listening.fileno()), "--data-dir", str(folder)],
        _secrets(folder / "secrets.json"),
        log=folder / "sandbox.log",
        inherited=[listening.fileno()],
    )


async def _migrate(hub: WholeHub) -> None:
    process = await start(["migrate"], hub.environment, log=hub.folder / "migrate.log")
    if await process.wait() != 0:
        raise NotStarted("migrate")


async def _answers(hub: WholeHub, url: str, kind: str) -> None:
    """Ask until it answers 200; the sockets are already open, so a question simply waits."""
    try:
        async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient(timeout=READY_SECONDS) as http:
            while (await http.get(url)).status_code != httpx.codes.OK:
                if not hub.pids(kind):
                    raise NotStarted(kind)
                await asyncio.sleep(0.05)
    except (TimeoutError, httpx.HTTPError) as silent:
        raise NotStarted(kind) from silent


def _environment(
    folder: Path, servers: Engines, api_url: str, sandbox_url: str, settings: Mapping[str, str]
) -> dict[str, str]:
    return {
        **_secrets(folder / "secrets.json"),
        "HUB_DATABASE_URL": servers.database_url("hub_api"),
        "HUB_DATABASE_OWNER_URL": servers.database_url("postgres"),
        "HUB_REDIS_URL": servers.redis_url,
        "HUB_PUBLIC_URL": api_url,
        "HUB_TWILIO_BASE_URL": sandbox_url,
        "HUB_FCM_BASE_URL": sandbox_url,
        "HUB_FCM_SERVICE_ACCOUNT": str(folder / "service-account.json"),
        "HUB_TWILIO_SENDER": "BV MAU",
        "HUB_AUDIT_HEADS": str(folder / "audit-heads.jsonl"),
        "HUB_REQUIRE_DPOP": "false",
        **settings,
    }


def _secrets(path: Path) -> dict[str, str]:
    """Make this folder's secrets once; only their owner may read them."""
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        made = {
            "HUB_MASTER_KEYS": make_master_key("first"),
            "HUB_TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
            "HUB_TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        }
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made, file)
    known: dict[str, str] = json.loads(path.read_text())
    return known


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}"
