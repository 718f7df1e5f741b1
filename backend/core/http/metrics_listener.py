"""Serves the metrics of one process on a listener of its own, which no caller of the API reaches.

The same code serves them in an API process and in a worker.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from litestar.enums import ScopeType
from litestar.types import HTTPResponseBodyEvent, HTTPResponseStartEvent, Receive, Scope, Send
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from uvicorn.server import ServerState

from backend.core.http.connections import ConnectionLimits, Connections
from backend.core.http.protocol import server_config
from backend.core.log import log
from backend.core.metrics import REGISTRY
from backend.core.settings import load_settings

PATH: Final = b"/metrics"
METHODS: Final = ("GET", "HEAD")
LIMITS: Final = ConnectionLimits(most=100, of_one_address=20)


@asynccontextmanager
async def metrics_served(inherited: socket.socket | None = None) -> AsyncIterator[None]:
    """Serve the metrics for the block, on this socket or on the one of the settings.

    A port that is taken is said in the log. It keeps no process from its work.
    """
    listening = inherited or _own_socket()
    if listening is None:
        yield
        return
    table, state = Connections(LIMITS, listener="metrics"), ServerState()
    config = server_config(answer_metrics, table, lifespan="off", finish=0)
    config.load()
    loop = asyncio.get_running_loop()

    def connected() -> asyncio.Protocol:
        return config.http_protocol_class(config=config, server_state=state, app_state={})  # type: ignore[call-arg]  # as uvicorn itself calls it

    server = await loop.create_server(connected, sock=listening)
    try:
        async with table.swept():
            yield
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        for task in list(state.tasks):
            task.cancel()


async def answer_metrics(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  # ASGI's form
    """Answer `/metrics` with Prometheus text, and nothing else."""
    assert scope["type"] == ScopeType.HTTP, "nothing else is served here"
    status, body, more = 404, b"", list[tuple[bytes, bytes]]()
    if scope["raw_path"] == PATH:
        status, more = 405, [(b"allow", ", ".join(METHODS).encode())]
        if scope["method"] in METHODS:
            status, body = 200, generate_latest(REGISTRY)
            more = [
                (b"content-type", CONTENT_TYPE_LATEST.encode()),
                (b"cache-control", b"no-store"),
            ]
    length = (b"content-length", str(len(body)).encode())
    await send(
        HTTPResponseStartEvent(type="http.response.start", status=status, headers=[*more, length])
    )
    await send(HTTPResponseBodyEvent(type="http.response.body", body=body, more_body=False))


def bound(host: str, port: int) -> socket.socket:
    """Bind a socket for metrics; port 0 takes any free one.

    Raises:
        OSError: the port is taken, or there is no such address here.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _own_socket() -> socket.socket | None:
    settings = load_settings()
    if not settings.metrics_port:
        return None
    try:
        return bound(settings.metrics_host, settings.metrics_port)
    except OSError as taken:
        log.error("metrics_not_served", error=type(taken).__name__)
        return None
