"""A cheap HTTP client: its requests are written before the run, its connections stay open."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from statistics import quantiles
from time import monotonic, perf_counter, process_time
from typing import cast
from urllib.parse import urlsplit

from backend.bench.processes import ProcessorTime

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
END_OF_HEAD = b"\r\n\r\n"
PATIENCE_SECONDS = 30.0
FEWEST = 2
"""Answers of which a distribution can be told."""


class NotAnswered(Exception):
    """A request of the bench was not answered with 2xx: what was measured means nothing."""


class RanOut(Exception):
    """Requests of which each is sent once ended before the time did: more patients are needed."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """The result of one run."""

    rate: float
    """Requests a second."""
    p50: float
    p99: float
    """Milliseconds."""
    ceiling: float
    """Requests a second of the client's own processor time: what it could do at most."""
    count: int
    cut_short: bool
    """The requests ended before the time did."""
    cost: ProcessorTime = field(default_factory=ProcessorTime)
    """Microseconds of processor time for one request, where somebody looked."""


def request_bytes(method: str, address: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Write a request as the bytes on the wire."""
    parts = urlsplit(address)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}"] if body else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def drive(
    address: str, requests: Iterable[bytes], *, clients: int, seconds: float
) -> Measurement:
    """Send the requests until they end or the time is over; each client sends one at a time.

    Raises:
        NotAnswered: an answer was not 2xx, or a connection was closed.
        RanOut: there were hardly any requests.
    """
    parts, loop = urlsplit(address), asyncio.get_running_loop()
    run = _Run(iter(requests), monotonic() + seconds, clients, loop.create_future())
    begun, worked = perf_counter(), process_time()
    for _ in range(clients):
        await loop.create_connection(
            lambda: _Connection(run), parts.hostname or "", parts.port or 80
        )
    try:
        await asyncio.wait_for(run.finished, seconds + PATIENCE_SECONDS)
    except TimeoutError as silent:
        raise NotAnswered("silence") from silent
    elapsed, worked = perf_counter() - begun, process_time() - worked
    if len(run.latencies) < FEWEST:
        raise RanOut if run.ran_out else NotAnswered("hardly anything")
    cut = quantiles(run.latencies, n=100)
    return Measurement(
        rate=len(run.latencies) / elapsed,
        p50=cut[49] * 1000,
        p99=cut[98] * 1000,
        ceiling=len(run.latencies) / worked,
        count=len(run.latencies),
        cut_short=run.ran_out,
    )


class _Run:
    def __init__(
        self, requests: Iterator[bytes], until: float, clients: int, finished: asyncio.Future[None]
    ) -> None:
        self.requests, self.until, self.clients = requests, until, clients
        self.finished = finished
        self.latencies: list[float] = []
        self.ran_out = False

    def next_request(self) -> bytes | None:
        if monotonic() >= self.until:
            return None
        request = next(self.requests, None)
        self.ran_out = self.ran_out or request is None
        return request

    def one_is_done(self) -> None:
        self.clients -= 1
        if self.clients == 0 and not self.finished.done():
            self.finished.set_result(None)

    def fail(self, why: str) -> None:
        if not self.finished.done():
            self.finished.set_exception(NotAnswered(why))


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self.run, self.got, self.begun, self.done = run, b"", 0.0, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, end, body = self.got.partition(END_OF_HEAD)
        length = LENGTH.search(head)
        if not end or not length or len(body) < int(length[1]):
            return
        self.run.latencies.append(perf_counter() - self.begun)
        status, _, _ = head.partition(b"\r\n")
        if not status.startswith(b"HTTP/1.1 2"):
            self.run.fail(status.decode(errors="replace"))
        self.got = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done:
            self.run.fail(f"connection closed {exc or ''}")

    def _send(self) -> None:
        request = self.run.next_request()
        if request is None:
            self.done = True
            self.transport.close()
            self.run.one_is_done()
            return
        self.begun = perf_counter()
        self.transport.write(request)
