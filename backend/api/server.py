"""Runs the API on a socket until a signal stops it; open requests are finished first."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import uvicorn
import uvloop
from litestar import Litestar
from litestar.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backend.api.app import create_app
from backend.gateways.outbound_call import Failpoint, no_failpoint
from backend.notifications.inbox.streams import Streams

SECONDS_TO_FINISH: Final = 20
"""How long requests under way have after SIGTERM."""
MOST_CONNECTIONS: Final = 2000
"""More than this at once are answered 503 before any code of ours runs."""
LARGEST_HEAD: Final = 64 * 1024
"""Bytes of request line and headers that are waited for; the parser itself knows no limit."""


class _BoundedHead(HttpToolsProtocol):
    """Counts what arrives while the headers of a request are incomplete."""

    head: int | None = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.head = 0

    def on_headers_complete(self) -> None:
        self.head = None
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        if self.head is not None:
            self.head += len(data)
            if self.head > LARGEST_HEAD:
                self.send_400_response("Headers too large.")
                return
        super().data_received(data)


class _Server(uvicorn.Server):
    """Stops on SIGTERM and SIGINT, and then returns; uvicorn's own would die by the signal."""

    def __init__(
        self, app: ASGIApp, listening: socket.socket, started: Callable[[str], object],
        stopping: Callable[[], object],
    ) -> None:  # fmt: skip
        super().__init__(_config(app))
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
    failpoint: Failpoint = no_failpoint,
) -> None:
    """Serve in this process, with an event loop of its own, until SIGTERM or SIGINT."""
    app = create_app(failpoint)
    uvloop.run(
        serve_api(
            app,
            host=host,
            port=port,
            inherited=inherited,
            started=started,
            stopping=streams_end(app),
        )
    )


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
) -> None:
    """Serve until SIGTERM or SIGINT; `started` is given the base address once it answers.

    Args:
        app: what `create_app` made, or what stands around it.
        host: where to listen, when no socket is inherited.
        port: 0 takes any free one.
        inherited: a bound socket; several processes may serve the same one.
        started: told the base address.
        stopping: called before the requests under way are waited for.

    Raises:
        SystemExit: the database did not answer at the start.
    """
    listening = inherited or socket.create_server((host, port), backlog=1024)
    await _Server(app, listening, started, stopping).serve(sockets=[listening])


def _config(app: ASGIApp) -> uvicorn.Config:
    options: dict[str, Any] = {
        "http": _BoundedHead,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,  # backend.core.log decides what other libraries may say
        "access_log": False,  # it would log addresses; `request_log` logs the route instead
        "proxy_headers": False,
        "server_header": False,
        "timeout_keep_alive": 30,
        "limit_concurrency": MOST_CONNECTIONS,
        "timeout_graceful_shutdown": SECONDS_TO_FINISH,
    }
    return uvicorn.Config(app, **options)
