"""An HTTP peer that counts what reaches it before it thinks, and answers what a test told it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Drop:
    """Hangs up without a word, after the whole request was read."""


Answer = Callable[[Received], Reply | Drop]


class Peer:
    def __init__(self) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.open: set[asyncio.StreamWriter] = set()
        self.answer: Answer = lambda _: Reply()
        self.hangs_up = False
        """As soon as somebody connects."""
        self.left_alone = asyncio.Event()
        """Nobody is connected any more."""
        self.arrived = asyncio.Event()
        self.answered = asyncio.Event()
        self.released = asyncio.Event()
        self.released.set()
        self.address = ""
        self.server: asyncio.Server | None = None
        self.serving: set[asyncio.Task[None]] = set()

    def says(self, *replies: Reply | Drop) -> None:
        """Give these answers in turn, the last one for ever."""
        left = list(replies)
        self.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]

    async def listen(self) -> None:
        self.server = await asyncio.start_server(self.met, "127.0.0.1", 0)
        host, port = self.server.sockets[0].getsockname()[:2]
        self.address = f"http://{host}:{port}"

    async def stop_listening(self) -> None:
        if self.server is not None:
            self.server.close()
            for writer in list(self.open):
                writer.close()
            await self.server.wait_closed()
        await asyncio.gather(*self.serving)

    def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self.serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        self.left_alone.clear()
        try:
            while not self.hangs_up and await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the other side went away
        finally:
            self.open.discard(writer)
            writer.close()
            if not self.open:
                self.left_alone.set()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await _read(reader)
        self.received.append(request)
        self.arrived.set()
        await self.released.wait()
        reply = self.answer(request)
        if isinstance(reply, Drop):
            return False
        writer.write(_written(reply))
        await writer.drain()
        self.answered.set()
        return True


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    pairs = [line.split(": ", 1) for line in head[1:] if line]
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)


def _written(reply: Reply) -> bytes:
    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
    headers = {"Content-Length": str(len(body)), "Content-Type": "application/json"}
    lines = [f"{name}: {value}" for name, value in {**headers, **reply.headers}.items()]
    return "\r\n".join([f"HTTP/1.1 {reply.status} Said", *lines, "", ""]).encode() + body


@asynccontextmanager
async def a_peer() -> AsyncIterator[Peer]:
    peer = Peer()
    await peer.listen()
    try:
        yield peer
    finally:
        peer.released.set()
        await peer.stop_listening()
