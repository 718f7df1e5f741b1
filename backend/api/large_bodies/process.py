"""The body helper: a process that takes in one large body after another for its API.

It calls the app of the API with the request that the API got, so there is one way of reading. It
ends when its API closes the line, by whatever death.
"""

import asyncio
import ctypes
import gc
import os
import re
import resource
import signal
import socket
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from litestar.types import Message, Receive

from backend.api.app import create_routes, engines_open
from backend.api.large_bodies.helper_line import (
    BodyAnswer,
    BodyJob,
    HelperReady,
    LineBroken,
    Onward,
    PointPassed,
    heard_by_helper,
    receive_file,
    send,
)
from backend.core.log import log
from backend.core.metrics import counted_since, counts_now
from backend.core.settings import load_settings
from backend.intake.pipeline.failpoints import UNCOMMITTED

MEBIBYTE: Final = 1024 * 1024
MEMORY_FOR_A_BODY: Final = 220 * MEBIBYTE
"""Bytes that the helper may have on top of what it has at its start."""
CONNECTIONS: Final = 2
POLITENESS: Final = 5
"""How much the helper gives way to its API where both want the same processor."""
_DATA_KB: Final = re.compile(r"^VmData:\s+(\d+) kB", re.MULTILINE)


async def serve_bodies(line: socket.socket) -> None:
    """Take in bodies until the API closes the line."""
    line.setblocking(False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # the API finishes its requests, and then closes
    async with engines_open(load_settings(), CONNECTIONS, "hub-api-helper"):
        helper = _Helper(line)
        os.nice(POLITENESS)
        bound_memory(MEMORY_FOR_A_BODY)
        await send(line, HelperReady())
        try:
            await helper.work()
        except LineBroken:
            log.info("body_helper_ends")


def bound_memory(more: int) -> None:
    """Let this process have so many bytes of data more than now, and no byte on top."""
    found = _DATA_KB.search(Path("/proc/self/status").read_text())
    assert found, "Linux says so of every process"
    limit = int(found[1]) * 1024 + more
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


class _Helper:
    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._app = create_routes(self._passed)
        self._held = False
        """Whether the API wants to be asked at each point."""
        self._onward = asyncio.Event()

    async def work(self) -> None:
        while True:
            body_file = await receive_file(self._line)
            job = await heard_by_helper(self._line)
            assert isinstance(job, BodyJob), "the file comes before nothing else"
            self._held = job.held_at_failpoints
            listening = asyncio.create_task(self._listen())
            try:
                answer = await self._answer(job, body_file)
            finally:
                os.close(body_file)
            listening.cancel()
            await asyncio.wait([listening])
            await send(self._line, answer)
            del answer
            give_memory_back()

    async def _listen(self) -> None:
        """Hear what the API says while a body is read; when it is gone, nothing goes on."""
        while True:
            try:
                heard = await heard_by_helper(self._line)
            except LineBroken:
                os._exit(0)  # PostgreSQL rolls back what is open
            assert isinstance(heard, Onward), "there is one job at a time"
            self._onward.set()

    async def _passed(self, point: str, row: UUID) -> None:
        """Tell the API before anything could be stored, or at every point if it asks for that."""
        if not self._held and point != UNCOMMITTED:
            return
        self._onward.clear()
        await send(self._line, PointPassed(point, row))
        await self._onward.wait()

    async def _answer(self, job: BodyJob, body_file: int) -> BodyAnswer:
        before, heard = counts_now(), _Heard()
        self._app.state.out_of_memory = False
        await self._app(_scope(job), _giving(body_file, job.size), heard.hear)  # type: ignore[arg-type]  # a plain dict
        return BodyAnswer(
            status=heard.status,
            headers=heard.headers,
            body=bytes(heard.body),
            counted=counted_since(before),
            spent=self._app.state.out_of_memory,
        )


class _Heard:
    """What the app answers."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()

    async def hear(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name, value) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self.body += message["body"]


def _scope(job: BodyJob) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "root_path": "",
        "extensions": {},
        **{name: getattr(job, name) for name in _OF_THE_REQUEST},
    }


_OF_THE_REQUEST: Final = (
    "method", "path", "raw_path", "query_string", "scheme", "http_version", "headers", "client",
    "server",
)  # fmt: skip


def _giving(body_file: int, size: int) -> Receive:
    """Give the body as one piece, once; it is read when somebody asks, and held by nobody here."""
    given = False

    async def receive() -> Any:
        nonlocal given
        if given:
            return {"type": "http.disconnect"}
        given = True
        return {"type": "http.request", "body": os.pread(body_file, size, 0), "more_body": False}

    return receive


def give_memory_back() -> None:
    """Return to the system what the last body took."""
    gc.collect()
    if _TRIM is not None:
        _TRIM(0)


_TRIM: Final = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Of glibc; other libraries do it by themselves."""
