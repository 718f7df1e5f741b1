"""An app that answers as a test wants, behind a server of bounded connections."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness.processes.bounded_server import BoundedServer, bounded_server

OK = b"HTTP/1.1 200 OK\r\n"
POST = b"POST /early HTTP/1.1\r\nHost: hub\r\nContent-Length: 100\r\n\r\n"
LARGE = b"x" * 32 * 1024 * 1024
"""More than the two systems between caller and hub take by themselves."""


class App:
    """Answers by path: at once, early, with much, for ever, or not before the test says so."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.left = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def answer(body: bytes, *, more: bool = False) -> None:
            await send({"type": "http.response.body", "body": body, "more_body": more})

        match scope["path"]:
            case "/body":
                while (await receive()).get("more_body"):
                    pass
            case "/waits":
                await self.go_on.wait()
            case "/leaves":
                while (await receive())["type"] != "http.disconnect":
                    pass
                self.left.set()
            case _:
                pass
        body = LARGE if scope["path"] == "/large" else b"well"
        length = () if scope["path"] == "/stream" else ((b"content-length", b"%d" % len(body)),)
        await send({"type": "http.response.start", "status": 200, "headers": [*length]})
        if scope["path"] == "/stream":
            await answer(b"first", more=True)
            await self.go_on.wait()
        await answer(body)


def asks(path: bytes, more: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: hub\r\n" + more + b"\r\n"


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def server(app: App) -> AsyncIterator[BoundedServer]:
    async with bounded_server(app) as running:
        yield running
