"""The API as a process: it finishes what is under way, says nothing of itself, and ends well."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from backend.core.http.connections import DEFAULT_LIMITS
from backend.core.http.protocol import LARGEST_HEAD
from tests.conftest import Database

PROGRAM = """
from backend.core.log import configure
from backend.api.server import run_api

configure("api")
run_api(port=0, started=lambda url: print(url, flush=True))
"""


@dataclass(frozen=True, slots=True)
class Api:
    process: Process
    port: int

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def hears(self, request: bytes) -> bytes:
        """Send bytes as they are, and give the answer until the connection is closed."""
        reader, writer = await self.connect()
        try:
            writer.write(request)
            async with asyncio.timeout(10):
                return await reader.read()
        finally:
            writer.close()

    async def until_it_takes_nobody_new(self) -> None:
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await self.connect()
                except OSError:
                    return
                writer.close()


@pytest.fixture
async def api(database: Database) -> AsyncIterator[Api]:
    settings = {
        "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
        "HUB_REDIS_URL": database.servers.redis_url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, stdout=PIPE, stderr=PIPE, env=os.environ | settings
    )
    assert process.stdout
    url = (await process.stdout.readline()).decode()
    yield Api(process, int(url.rsplit(":", 1)[1]))
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_a_request_under_way_is_finished_before_the_process_ends(api: Api) -> None:
    reader, writer = await api.connect()
    writer.write(
        b"POST /v1/sign-in/codes HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
        b'Content-Length: 52\r\n\r\n{"citizenId": '
    )
    await api.hears(b"GET /health/live HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")

    api.process.send_signal(signal.SIGTERM)
    await api.until_it_takes_nobody_new()
    writer.write(b'"079185000011", "phone": "0901234567"}')

    async with asyncio.timeout(10):
        answer = await reader.read()
        assert await api.process.wait() == 0
    assert answer.startswith(b"HTTP/1.1 202")
    assert b"challengeId" in answer
    writer.close()


async def test_the_process_says_nothing_about_itself_or_about_addresses(api: Api) -> None:
    forwarded = b"Host: hub\r\nX-Forwarded-For: 203.0.113.9\r\nConnection: close\r\n\r\n"
    unknown = await api.hears(b"GET /v1/patients/079185000011?name=Lan HTTP/1.1\r\n" + forwarded)
    answer = await api.hears(b"GET /v1/patients/079185000011 HTTP/1.1\r\n" + forwarded)
    api.process.terminate()
    _, lines = await api.process.communicate()

    assert unknown.startswith(b"HTTP/1.1 400")
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"\r\nserver:" not in (unknown + answer).lower()
    assert lines.count(b'"route":"/v1/patients/{patient}"') == 2
    assert [word for word in (b"079185", b"Lan", b"203.0.113") if word in lines] == []


async def test_silent_sockets_of_one_address_keep_out_nobody_but_itself(api: Api) -> None:
    live = b"GET /health/live HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n"
    with ExitStack() as silent:
        for _ in range(DEFAULT_LIMITS.of_one_address):
            silent.enter_context(socket.create_connection(("127.0.0.1", api.port)))
        refused = await api.hears(b"")
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", api.port, local_addr=("127.0.0.2", 0)
        )
        writer.write(live)
        other = await reader.read()
        writer.close()

    assert refused.startswith(b"HTTP/1.1 503")
    assert other.startswith(b"HTTP/1.1 200")

    async def is_let_in() -> bool:
        try:
            return (await api.hears(live)).startswith(b"HTTP/1.1 200")
        except ConnectionError:  # refused while the question was on its way
            return False

    async with asyncio.timeout(10):
        while not await is_let_in():  # until the hub has seen that they are gone
            pass


async def test_headers_without_end_are_not_kept(api: Api) -> None:
    endless = b"GET /health/live HTTP/1.1\r\nHost: hub\r\nX-Name: " + b"a" * LARGEST_HEAD * 40

    try:
        answer = await api.hears(endless)
    except ConnectionError:  # closed while there was still something to read
        answer = b""

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    live = await api.hears(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert live.startswith(b"HTTP/1.1 200")
