"""A server of bounded connections in the test's own loop; its time is moved, not waited for."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from uvicorn.server import ServerState

from backend.core.http.connections import ConnectionLimits, Connections, Ending
from backend.core.http.protocol import BoundedProtocol, server_config
from backend.core.metrics import CONNECTIONS_ENDED

PATIENCE = 10
GET = b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n"
"""A whole head."""

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


@dataclass
class Caller:
    """One connection, seen from its other end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def sends(self, data: bytes) -> None:
        self.writer.write(data)

    async def hears(self, until: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readuntil(until)

    async def hears_all(self) -> bytes:
        """Give whatever comes until the connection is closed, by whatever way."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    def resets(self) -> None:
        """Leave as a phone does whose network is gone: without a word."""
        socket_of = self.writer.get_extra_info("socket")
        socket_of.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class BoundedServer:
    """The server, and everybody who has called."""

    port: int
    table: Connections
    callers: list[Caller] = field(default_factory=list)

    async def called(self, address: str = "127.0.0.1", *, small: bool = False) -> Caller:
        """Connect from an address; a `small` caller's system takes little that is not read."""
        own = socket.socket()
        if small:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        own.bind((address, 0))
        own.setblocking(False)
        await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=own, limit=1024 if small else 2**16)
        caller = Caller(reader, writer)
        self.callers.append(caller)
        return caller

    async def until_it_holds(self, connections: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.table.total != connections:  # noqa: ASYNC110  # the system tells it when
                await asyncio.sleep(0)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110  # as above
                await asyncio.sleep(0)

    @property
    def connections(self) -> list[BoundedProtocol]:
        return [each for each in self.table._all() if isinstance(each, BoundedProtocol)]

    def later(self, seconds: float) -> None:
        """Do what is done when so much time has passed."""
        self.table.sweep(asyncio.get_running_loop().time() + seconds)


@asynccontextmanager
async def bounded_server(
    app: Asgi, limits: ConnectionLimits | None = None, *, exempt: str = ""
) -> AsyncIterator[BoundedServer]:
    table = Connections(limits or ConnectionLimits(), is_exempt=lambda peer: peer == exempt)
    state = ServerState()
    config = server_config(
        app, table, lifespan="off", finish=0, authorities=frozenset({"hub.test"})
    )
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),  # type: ignore[call-arg]  # as uvicorn calls it
        "127.0.0.1",
        0,
    )
    running = BoundedServer(server.sockets[0].getsockname()[1], table)
    yield running
    server.close()
    for task in list(state.tasks):
        task.cancel()
    for caller in running.callers:
        caller.writer.transport.abort()
    await running.until_it_holds(0)


def ended(why: Ending) -> float:
    """Give how many connections of callers were ended for this reason so far."""
    return CONNECTIONS_ENDED.labels("public", why)._value.get()  # type: ignore[no-any-return]  # no public name
