"""Who is answered before the whole body was read hears it, and holds no connection for it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from litestar.types import Receive, Scope, Send

from backend.api.unread_body import DROPPED_BYTES, KEPT_OPEN, dropping
from tests.conftest import Database
from tests.crash.conftest import spawner
from tests.harness.processes.victims import Spawner

__all__ = ["spawner"]

HEAD = b"POST /v1/sign-in/codes HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def port(database: Database, spawner: Spawner, tmp_path: Path) -> AsyncIterator[int]:
    """Where an API answers, which is a process of its own."""
    environment = {
        "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
        "HUB_REDIS_URL": database.servers.redis_url,
    }
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listening:
        victim = await spawner.start("api", environment, tmp_path / "log", listening)
        yield listening.getsockname()[1]
        await victim.end()


async def heard(port: int, request: bytes) -> bytes:
    """Send bytes as they are, and give the answer until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()


async def test_who_sends_25_mb_to_an_open_door_hears_413_and_is_then_disconnected(
    port: int,
) -> None:
    size = 25 * 1024 * 1024

    answer = await heard(port, HEAD + b"Content-Length: %d\r\n\r\n" % size + b"[" * size)

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"connection: close" in answer
    assert b"body_too_large" in answer


async def test_a_body_without_end_is_not_listened_to_for_ever(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    sent, part = 0, b"10000\r\n" + b"a" * 65536 + b"\r\n"
    answer = await _begun(reader, writer, part)
    async with asyncio.timeout(60):
        while await _goes_out(writer, part):
            sent += len(part)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 413")
    assert DROPPED_BYTES / 2 < sent < DROPPED_BYTES * 1.5


async def _goes_out(writer: asyncio.StreamWriter, part: bytes) -> bool:
    try:
        writer.write(part)
        await writer.drain()
    except ConnectionError:
        return False
    return True


async def _begun(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, part: bytes) -> bytes:
    writer.write(part)
    return await asyncio.wait_for(reader.readline(), 10)


CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "framed",
    [b"Content-Length: 5\r\n\r\nhello", CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n",
     CHUNKED + b"\r\n0\r\n\r\n",
     CHUNKED + b"\r\n" + 9 * (b"400\r\n" + b"a" * 1024 + b"\r\n") + b"0\r\nTrailer: x\r\n\r\n"],
    ids=["announced", "chunk", "nothing", "many chunks and a trailer"],
)  # fmt: skip
async def test_a_small_body_that_nobody_read_costs_no_connection(port: int, framed: bytes) -> None:
    small = HEAD.replace(b"json", b"x") + framed
    last = b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    answers = await heard(port, small + last)

    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"415", b"200"]


class Sender:
    """Sends the first part of a body, and then nothing for ever."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.begun = False

    async def receive(self) -> Any:
        if self.begun:
            await asyncio.Future()
        self.begun = True
        return {"type": "http.request", "body": b"a", "more_body": True}

    async def send(self, message: Any) -> None:
        self.heard.append(message)


async def refused(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 401, "headers": []})
    await send({"type": "http.response.body", "body": b"no", "more_body": False})


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_sender_who_falls_silent_has_the_answer_first_and_no_place_then(
    method: str,
) -> None:
    sender = Sender()
    scope: Any = {
        "type": "http", "method": method,
        "headers": [(b"content-length", b"%d" % (KEPT_OPEN + 1))],
    }  # fmt: skip

    async with asyncio.timeout(5):
        await dropping(refused, silence=0.01)(scope, sender.receive, sender.send)

    start, body, end = sender.heard
    assert (b"connection", b"close") in start["headers"]
    assert (body["body"], body["more_body"]) == (b"no", True)
    assert (end["body"], end["more_body"]) == (b"", False)


async def test_who_waits_to_be_asked_for_the_body_hears_the_refusal_first(port: int) -> None:
    """A part of it is here, and to ask for the rest would say "100 Continue"."""
    waiting = HEAD.replace(b"json", b"x") + CHUNKED + b"Expect: 100-continue\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    answer = await _begun(reader, writer, waiting)

    writer.close()
    assert answer.startswith(b"HTTP/1.1 415")
