"""Counts every request to a provider before any logic: the proof of "never twice"."""

from collections import deque
from datetime import datetime
from typing import Literal

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from backend.core.clock import now
from backend.sandbox.provider.forms import fields_of
from backend.sandbox.provider.journal import Journal

MOST = 100_000
REFERENCE = 5
"""Every text except a code ends in a reference of so many characters."""

ProviderChannel = Literal["sms", "push", "token"]
_CHANNELS: dict[str, ProviderChannel] = {
    "/2010-04-01/": "sms",
    "/v1/projects/": "push",
    "/token": "token",
}


class RawRequest(msgspec.Struct, frozen=True):
    """One raw request, with any result."""

    seq: int
    at: datetime
    method: str
    path: str
    channel: ProviderChannel
    reference: str | None = None
    """Of a text: the last characters of its body."""


class Ledger:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._counted: deque[RawRequest] = deque(maxlen=MOST)
        self._seq = 0
        for line in journal.lines():
            self._remember(msgspec.json.decode(line, type=RawRequest))

    def count(self, request: web.BaseRequest, channel: ProviderChannel, body: bytes) -> None:
        entry = RawRequest(
            seq=self._seq + 1,
            at=now(),
            method=request.method,
            path=request.path,
            channel=channel,
            reference=_reference(body) if (request.method, channel) == ("POST", "sms") else None,
        )
        self._journal.append(entry)
        self._remember(entry)

    def entries(self) -> list[RawRequest]:
        return list(self._counted)

    def close(self) -> None:
        self._journal.close()

    def _remember(self, entry: RawRequest) -> None:
        self._counted.append(entry)
        self._seq = entry.seq


def counting(ledger: Ledger) -> Middleware:
    """Make the outermost wrapper; it does not count the control routes and the page."""

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        channel = _channel(request.path)
        if channel is not None:
            ledger.count(request, channel, await _whole_body(request))
        return await handler(request)

    return count


def _channel(path: str) -> ProviderChannel | None:
    return next((name for start, name in _CHANNELS.items() if path.startswith(start)), None)


async def _whole_body(request: web.Request) -> bytes:
    """Read what came; a request that breaks off or is too long still counts."""
    try:
        return await request.read()
    except (ConnectionError, web.HTTPException):
        return b""


def _reference(body: bytes) -> str | None:
    return fields_of(body).get("Body", "")[-REFERENCE:] or None
