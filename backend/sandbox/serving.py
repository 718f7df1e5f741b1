"""Serves the sandbox on loopback until a signal stops it."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

from aiohttp import web

from backend.sandbox.peer import PEER

LAST_WORDS_SECONDS = 1
"""How long requests may still take when the sandbox stops."""


class NotLoopback(Exception):
    """The sandbox listens on this machine only."""


@asynccontextmanager
async def running(
    app: web.Application,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    inherited: socket.socket | None = None,
) -> AsyncIterator[str]:
    """Listen, and give the base address; port 0 takes any free port."""
    listening = inherited or socket.create_server((_loopback(host), port), backlog=1024)
    host, port = listening.getsockname()[:2]
    base_url = f"http://{_loopback(host)}:{port}"
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_WORDS_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        _write_key_file(app, base_url)
        yield base_url
    finally:
        await runner.cleanup()


async def serve(
    app: web.Application,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    inherited: socket.socket | None = None,
    started: Callable[[str], object] = lambda _: None,
) -> None:
    """Run until SIGTERM or SIGINT; `started` is given the base address once it answers."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(app, host=host, port=port, inherited=inherited) as base_url:
        started(base_url)
        await stop.wait()


def _loopback(host: str) -> str:
    if ip_address(host) not in ip_network("127.0.0.0/8"):
        raise NotLoopback(host)
    return host


def _write_key_file(app: web.Application, base_url: str) -> None:
    """Tell the hub's service account where its tokens come from, now that it is known."""
    peer = app.get(PEER)
    if peer is not None and peer.service_account_file is not None:
        peer.service_account.write(peer.service_account_file, base_url)
