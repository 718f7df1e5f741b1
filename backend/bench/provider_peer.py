"""A provider that answers at once, or after a wait, and counts: Twilio and FCM for a bench.

The sandbox remembers every text; this one costs a twentieth of what a sender does.
"""

import asyncio
import re
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final, cast

import httpx
import msgspec

from backend.core.subprocesses import end, start
from backend.sandbox.fcm.oauth import service_account

PROJECT: Final = "patient-hub-bench"
END_OF_HEAD: Final = b"\r\n\r\n"
LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TEXT_TO: Final = re.compile(rb"(?:^|&)To=([^&]+)")
PUSH_TO: Final = re.compile(rb'"token": ?"([^"]+)"')
TWILIO: Final = "/2010-04-01/"
FCM: Final = "/v1/projects/"
_TWILIO_SAYS: Final = msgspec.json.encode(
    {
        "sid": "%s", "account_sid": "AC", "api_version": "2010-04-01", "body": "BV DO",
        "date_created": "Tue, 01 Dec 2026 03:00:00 +0000", "date_sent": None,
        "date_updated": "Tue, 01 Dec 2026 03:00:00 +0000", "direction": "outbound-api",
        "error_code": None, "error_message": None, "from": "BV DO", "messaging_service_sid": None,
        "num_media": "0", "num_segments": "1", "price": None, "price_unit": None,
        "status": "queued", "subresource_uris": {}, "to": "+84901000001", "uri": "/2010-04-01/",
    }
)  # fmt: skip
_TOKEN: Final = b'{"access_token":"bench","expires_in":3600,"token_type":"Bearer"}'


class ProviderCount(msgspec.Struct):
    """What arrived since the last `forget`."""

    messages: int = 0
    addresses: int = 0
    """Different ones among them."""
    first_at: float = 0.0
    """On `time.monotonic()`, which all processes of a machine share."""
    answered_at: float = 0.0
    """When the last answer was given."""

    @property
    def rate(self) -> float:
        """Messages a second, from the first that came to the last answer."""
        return self.messages / max(self.answered_at - self.first_at, 1e-9)


@dataclass(slots=True)
class _State:
    latency: float = 0.0
    counted: ProviderCount = field(default_factory=ProviderCount)
    addresses: set[bytes] = field(default_factory=set)
    serial: int = 0

    def take(self, to: re.Match[bytes] | None) -> None:
        if not self.counted.messages:
            self.counted.first_at = monotonic()
        self.counted.messages += 1
        self.serial += 1
        if to:
            self.addresses.add(to[1])

    def count_now(self) -> ProviderCount:
        self.counted.addresses = len(self.addresses)
        return self.counted

    def forget(self, latency: float) -> None:
        self.latency, self.counted = latency, ProviderCount()
        self.addresses.clear()


class _Connection(asyncio.Protocol):
    def __init__(self, state: _State) -> None:
        self._state, self._got = state, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end_of_head, rest = self._got.partition(END_OF_HEAD)
        length = LENGTH.search(head)
        size = int(length[1]) if length else 0
        if end_of_head and len(rest) >= size:
            self._got = rest[size:]
            self._take(head.split(b" ", 2)[1].decode(), rest[:size])

    def _take(self, path: str, body: bytes) -> None:
        state = self._state
        if path.startswith(TWILIO):
            state.take(TEXT_TO.search(body))
            self._answer_later(201, _TWILIO_SAYS.replace(b"%s", b"SM%032x" % state.serial))
        elif path.startswith(FCM):
            state.take(PUSH_TO.search(body))
            name = b"projects/%s/messages/%032x" % (PROJECT.encode(), state.serial)
            self._answer_later(200, b'{"name":"%s"}' % name)
        elif path.startswith("/forget/"):
            state.forget(float(path.rpartition("/")[2]))
            self._answer(200, b"{}")
        elif path == "/counted":
            self._answer(200, msgspec.json.encode(state.count_now()))
        else:
            self._answer(200, _TOKEN)

    def _answer_later(self, status: int, body: bytes) -> None:
        if self._state.latency:
            asyncio.get_running_loop().call_later(
                self._state.latency, self._answer_counted, status, body
            )
        else:
            self._answer_counted(status, body)

    def _answer_counted(self, status: int, body: bytes) -> None:
        self._answer(status, body)
        self._state.counted.answered_at = monotonic()

    def _answer(self, status: int, body: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )


async def serve_provider(listening: socket.socket) -> None:
    """Answer until a signal comes."""
    loop, stop, state = asyncio.get_running_loop(), asyncio.Event(), _State()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with await loop.create_server(lambda: _Connection(state), sock=listening):
        await stop.wait()


@dataclass(frozen=True, slots=True)
class BenchProvider:
    """A peer that runs, and what a hub must be told to send to it."""

    address: str
    settings: dict[str, str]
    _http: httpx.AsyncClient

    async def forget(self, latency_ms: float) -> None:
        """Count from nothing, and answer after so many milliseconds from now on."""
        (await self._http.post(f"/forget/{latency_ms / 1000}")).raise_for_status()

    async def counted(self) -> ProviderCount:
        answer = await self._http.get("/counted")
        return msgspec.json.decode(answer.raise_for_status().content, type=ProviderCount)


@asynccontextmanager
async def provider_peer(folder: Path) -> AsyncIterator[BenchProvider]:
    """Run a peer in a process of its own, with a service account of Firebase that names it."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        address = "http://{}:{}".format(*listening.getsockname()[:2])
        account = folder / "bench-service-account.json"
        service_account(PROJECT).write(account, address)
        process = await start(
            ["bench", "provider", "--fd", str(listening.fileno())], {},
            log=folder / "provider.log", inherited=[listening.fileno()],
        )  # fmt: skip
        settings: dict[str, Any] = {
            "HUB_TWILIO_BASE_URL": address, "HUB_FCM_BASE_URL": address,
            "HUB_FCM_SERVICE_ACCOUNT": str(account),
        }  # fmt: skip
        try:
            async with httpx.AsyncClient(base_url=address, timeout=60) as http:
                yield BenchProvider(address, settings, http)
        finally:
            await end(process)
