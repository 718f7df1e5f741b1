"""Runs the API on a socket until a signal stops it; open requests are finished first."""

import asyncio
import resource
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

import uvicorn
import uvloop
from litestar import Litestar
from litestar.types import ASGIApp

from backend.api.app import create_app
from backend.core.http.connections import DEFAULT_LIMITS, ConnectionLimits, Connections
from backend.core.http.metrics_listener import metrics_served
from backend.core.http.protocol import server_config
from backend.core.settings import load_settings
from backend.gateways.outbound_call import Failpoint, no_failpoint
from backend.notifications.inbox.streams import Streams

SECONDS_TO_FINISH: Final = 20
"""How long requests under way have after SIGTERM."""
SPARE_FILES: Final = 200
"""What a process opens besides its connections: the database, Redis, its log, its code."""


class _Server(uvicorn.Server):
    """Stops on SIGTERM and SIGINT, and then returns; uvicorn's own would die by the signal."""

    def __init__(
        self, app: ASGIApp, listening: socket.socket, started: Callable[[str], object],
        stopping: Callable[[], object], table: Connections,
    ) -> None:  # fmt: skip
        public = frozenset({urlsplit(load_settings().public_url).netloc})
        super().__init__(
            server_config(app, table, lifespan="on", finish=SECONDS_TO_FINISH, authorities=public)
        )
        host, port = listening.getsockname()[:2]
        self.base_url = f"http://{host}:{port}"
        self.tell = started
        self.tell_stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.tell(self.base_url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.tell_stopping()  # what does not end by itself would be waited for
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        self._captured_signals.clear()


def run_api(
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    inherited: socket.socket | None = None,
    started: Callable[[str], object] = lambda _: None,
    metrics: socket.socket | None = None,
    failpoint: Failpoint = no_failpoint,
) -> None:
    """Serve in this process, with an event loop of its own, until SIGTERM or SIGINT.

    Args:
        host: where to listen, when no socket is inherited.
        port: 0 takes any free one.
        inherited: a bound socket; several processes may serve the same one.
        started: told the base address.
        metrics: a bound socket for the metrics, instead of the one of the settings.
        failpoint: where a test may end the process.
    """
    app = create_app(failpoint)

    async def serve() -> None:
        async with metrics_served(metrics):
            await serve_api(
                app, host=host, port=port, inherited=inherited, started=started,
                stopping=streams_end(app),
            )  # fmt: skip

    uvloop.run(serve())


def streams_end(app: Litestar) -> Callable[[], None]:
    """Give the function that ends the open streams of an app from `create_app`."""
    streams: Streams = app.state.streams
    return streams.end_all


async def serve_api(
    app: ASGIApp,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    inherited: socket.socket | None = None,
    started: Callable[[str], object] = lambda _: None,
    stopping: Callable[[], object] = lambda: None,
    limits: ConnectionLimits = DEFAULT_LIMITS,
) -> None:
    """Serve until SIGTERM or SIGINT; `started` is given the base address once it answers.

    Args:
        app: what `create_app` made, or what stands around it.
        host: where to listen, when no socket is inherited.
        port: 0 takes any free one.
        inherited: a bound socket; several processes may serve the same one.
        started: told the base address.
        stopping: called before the requests under way are waited for.
        limits: of connections; fewer where the system gives the process fewer files.

    Raises:
        SystemExit: the database did not answer at the start.
    """
    listening = inherited or socket.create_server((host, port), backlog=1024)
    table = Connections(replace(limits, most=min(limits.most, _files_for(limits.most))))
    async with table.swept():
        await _Server(app, listening, started, stopping, table).serve(sockets=[listening])


def _files_for(connections: int) -> int:
    """Ask the system for as many open files as that takes; give the connections there are for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_FILES
    if soft == resource.RLIM_INFINITY:
        return connections
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, soft - SPARE_FILES)
