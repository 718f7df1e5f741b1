"""Sends one request to a provider: not after its deadline, never twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from time import monotonic
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection

from backend.core.clock import now
from backend.gateways.outbound_call import Call, current

CONNECT_SECONDS = 5.0
IDLE_SECONDS = 10.0
"""Unused connections are closed before the provider closes them under a request."""


class NeverLeft(Exception):
    """Not one byte of the request was written."""


class _Gated(aiohttp.ClientRequest):
    """Asks its call for leave where nothing is left to wait for before the socket's write."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        call = current.get()
        if call is None:
            return await super().send(conn)
        await call.failpoint("before_write", call.attempt)
        response = await super().send(conn)  # starts write_bytes, which has not run yet
        await call.decided.wait()
        if not call.begun:
            raise NeverLeft
        await call.failpoint("written", call.attempt)
        return response

    async def write_bytes(
        self, writer: AbstractStreamWriter, conn: Connection, content_length: int | None = None
    ) -> None:
        call = current.get()
        try:
            if call is None or call.may_begin(conn.transport):
                await super().write_bytes(writer, conn, content_length)
        finally:
            if call is not None:
                call.decided.set()


@dataclass(frozen=True, slots=True)
class HttpResponse:
    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpTransport:
    """The connections to one provider. Every request goes to `base_url`, whatever the SDK asks."""

    def __init__(self, base_url: str, *, answer_seconds: float, in_flight: int) -> None:
        self._base_url = base_url.rstrip("/")
        self._answer_seconds = answer_seconds
        self._in_flight = in_flight
        self._session: aiohttp.ClientSession | None = None

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> HttpResponse:
        call = current.get()
        try:
            async with self._connected().request(
                method,
                self._base_url + _path(url),
                headers=headers,
                params=params,
                data=body,
                timeout=self._timeout(call),
                allow_redirects=False,
            ) as response:
                if call is not None:
                    call.status = response.status
                    call.retry_after = seconds_asked(response.headers.get("Retry-After"))
                return HttpResponse(response.status, response.headers, await response.read())
        except (aiohttp.ClientConnectionError, OSError, NeverLeft):
            if call is not None:
                call.stopped()
            raise

    def _timeout(self, call: Call | None) -> aiohttp.ClientTimeout:
        left = self._answer_seconds if call is None else call.deadline - monotonic()
        if left <= 0:
            raise NeverLeft
        return aiohttp.ClientTimeout(
            total=left + self._answer_seconds,
            connect=left,
            sock_connect=min(left, CONNECT_SECONDS),
            sock_read=self._answer_seconds,
        )

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._in_flight, keepalive_timeout=IDLE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                request_class=_Gated,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def seconds_asked(header: str | None) -> float | None:
    if not header:
        return None
    if header.isascii() and header.strip().isdigit():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now()).total_seconds())
