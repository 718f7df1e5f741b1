"""Keeps API and worker processes running on one server, and restarts those that end."""

import asyncio
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable

from backend.core import subprocesses
from backend.core.log import configure, log
from backend.core.settings import load_database_settings

AGAIN_SECONDS = 1.0

Start = Callable[[], Awaitable[Process]]


async def serve_all(host: str, port: int, *, apis: int, workers: int) -> int:
    """Serve until SIGTERM or SIGINT; give the exit code."""
    configure("serve")
    listening = socket.create_server((host, port), backlog=1024)
    descriptor = listening.fileno()

    def start_api() -> Awaitable[Process]:
        command = ["api", "--fd", str(descriptor)]
        return subprocesses.start(command, {}, inherited=[descriptor])

    def start_worker() -> Awaitable[Process]:
        given = load_database_settings()
        worker_url = given.worker_database_url or given.database_url
        return subprocesses.start(["worker"], {"HUB_DATABASE_URL": worker_url})

    stop = stopped_by_signal()
    await asyncio.gather(
        *(keep_alive("api", start_api, stop) for _ in range(apis)),
        *(keep_alive("worker", start_worker, stop) for _ in range(workers)),
    )
    listening.close()
    return 0


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
