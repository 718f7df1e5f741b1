"""Ends a request that was answered before its body was read: the rest is dropped, within bounds.

A server that closes while its client still sends loses the answer on the way (RFC 9112, 9.6). One
that waits for the end is held by a client that never ends. So the answer is sent, what comes is
dropped for a while, and then the connection is closed. A small body that is here whole was no
unread one: the connection goes on.
"""

import asyncio
from collections.abc import Awaitable
from time import monotonic
from typing import Any, Final

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

SILENCE_SECONDS: Final = 5.0
"""How long a sender who reads nothing may also send nothing."""
DROPPING_SECONDS: Final = 30.0
DROPPED_BYTES: Final = 64 * 1024 * 1024
KEPT_OPEN: Final = 64 * 1024
"""A body announced as no larger than this is read to its end by the server itself."""
_SIZES: Final = frozenset({b"content-length", b"transfer-encoding"})


def drop_unread(app: Litestar) -> None:
    """Wrap the whole app, so that every answer is covered."""
    app.asgi_handler = dropping(app.asgi_handler)


def dropping(inner: ASGIApp, silence: float = SILENCE_SECONDS) -> ASGIApp:
    def bounded(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != ScopeType.HTTP or not _may_go_on(scope):
            return inner(scope, receive, send)
        return until_dropped(scope, receive, send)

    async def until_dropped(scope: Scope, receive: Receive, send: Send) -> None:
        body = _Unread(receive)

        expects = any(name == b"expect" for name, _ in scope["headers"])

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start" and not expects:
                await body.drop_what_is_here()
            if not body.more:
                await send(message)
            elif message["type"] == "http.response.start":
                await send(message | {"headers": [*message["headers"], (b"connection", b"close")]})
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                await send(message | {"more_body": True})
                await body.drop(silence)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await send(message)

        await inner(scope, body.receive, answering)

    return bounded


def _may_go_on(scope: HTTPScope) -> bool:
    """Say whether a body may come that is larger than what the server drops by itself."""
    for name, value in scope["headers"]:
        if name in _SIZES and not (value.isdigit() and int(value) <= KEPT_OPEN):
            return True
    return False


class _Unread:
    """The part of a body that nobody has asked for."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.more = True

    async def receive(self) -> Any:
        message: Any = await self._receive()
        self.more = message["type"] == "http.request" and message.get("more_body", False)
        return message

    async def drop_what_is_here(self) -> None:
        """Take what has arrived, without waiting: a body that is here whole ends no connection.

        Never for a sender who waits for "100 Continue": to ask for a part would say it.
        """
        dropped = 0
        while self.more and dropped < KEPT_OPEN:
            try:
                async with asyncio.timeout(0):
                    message = await self.receive()
            except TimeoutError:
                return
            dropped += len(message.get("body", b""))

    async def drop(self, silence: float) -> None:
        """Take what comes, until it ends or the sender should have stopped."""
        until, dropped = monotonic() + DROPPING_SECONDS, 0
        while self.more and dropped < DROPPED_BYTES:
            wait = min(silence, until - monotonic())
            try:
                message = await asyncio.wait_for(self.receive(), wait)
            except TimeoutError:
                return
            dropped += len(message.get("body", b""))
