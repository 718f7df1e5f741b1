"""Keeps API and worker processes running on one server, and restarts those that end."""

import asyncio
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial

from backend.core import subprocesses
from backend.core.http.metrics_listener import bound
from backend.core.log import configure, log
from backend.core.settings import load_database_settings, load_settings

AGAIN_SECONDS = 1.0

Start = Callable[[], Awaitable[Process]]


async def serve_all(host: str, port: int, *, apis: int, workers: int) -> int:
    """Serve until SIGTERM or SIGINT; give the exit code.

    Raises:
        OSError: the port of the API is taken.
        SystemExit: one of the ports of the metrics is taken.
    """
    configure("serve")
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server((host, port), backlog=1024))
        metrics = [stack.enter_context(bare) if bare else None for bare in _metrics(apis + workers)]
        stop = stopped_by_signal()
        await asyncio.gather(
            *(keep_alive("api", partial(_api, listening, one), stop) for one in metrics[:apis]),
            *(keep_alive("worker", partial(_worker, one), stop) for one in metrics[apis:]),
        )
    return 0


def _metrics(processes: int) -> list[socket.socket | None]:
    """Bind one socket for each process: the port of the settings, and those after it."""
    settings = load_settings()
    if not settings.metrics_port:
        return [None] * processes
    ports = range(settings.metrics_port, settings.metrics_port + processes)
    return [_bound(settings.metrics_host, port) for port in ports]


def _bound(host: str, port: int) -> socket.socket:
    try:
        return bound(host, port)
    except (OSError, OverflowError) as wrong:
        raise SystemExit(
            f"HUB_METRICS_PORT: {port} is taken, or is no port of this host"
        ) from wrong


def _api(listening: socket.socket, metrics: socket.socket | None) -> Awaitable[Process]:
    handed = {"--fd": listening} | ({"--metrics-fd": metrics} if metrics else {})
    return _start("api", {}, handed)


def _worker(metrics: socket.socket | None) -> Awaitable[Process]:
    given = load_database_settings()
    worker_url = given.worker_database_url or given.database_url
    handed = {"--metrics-fd": metrics} if metrics else {}
    return _start("worker", {"HUB_DATABASE_URL": worker_url}, handed)


def _start(
    kind: str, environment: dict[str, str], handed: dict[str, socket.socket]
) -> Awaitable[Process]:
    words = [word for name, one in handed.items() for word in (name, str(one.fileno()))]
    descriptors = [one.fileno() for one in handed.values()]
    return subprocesses.start([kind, *words], environment, inherited=descriptors)


def stopped_by_signal() -> asyncio.Event:
    """Give an event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def keep_alive(kind: str, start: Start, stop: asyncio.Event) -> None:
    """Keep one process of this kind running until `stop`, then end it in order."""
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        try:
            process = await start()
        except OSError as failure:  # no memory or no file just now: the others must not end for it
            log.error("process_not_started", kind=kind, error=type(failure).__name__)
            await asyncio.wait({stopping}, timeout=AGAIN_SECONDS)
            continue
        ended = asyncio.create_task(process.wait())
        await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            await subprocesses.end(process)
        else:
            log.error("process_ended", kind=kind, pid=process.pid)
            await asyncio.wait({stopping}, timeout=AGAIN_SECONDS)
