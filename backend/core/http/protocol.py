"""Speaks HTTP/1.1 with one caller, who may neither be silent nor slow for ever."""

import asyncio
import socket
from functools import partial
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import uvicorn
from litestar.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import get_remote_addr

from backend.core.http.connections import Connections, Ending

LARGEST_HEAD: Final = 16 * 1024
"""Bytes of request line and headers that are waited for; the parser itself knows no limit. Ours
have about 3 kB. 2,000 callers may each hold so much for ten seconds."""
LARGEST_FRAMING: Final = 2 * LARGEST_HEAD
"""Bytes of trailers, or of chunk extensions, that may come with no byte of a body between them.
The parser keeps them as long as they come, and what comes at once is looked at in such pieces."""
_CLOSED: Final = b"content-length: 0\r\nconnection: close\r\n\r\n"
NO_PLACE: Final = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 10\r\n" + _CLOSED
TOO_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\n" + _CLOSED


class _NotParsedFurther(Exception):
    """Stops the parser in the middle of what came in."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `Connections` counts it, and asks now and then whether it is overdue.

    A request costs two looks at the loop's clock here, and no timer.
    """

    def __init__(
        self, *, table: Connections, authorities: frozenset[str] = frozenset(), **of_uvicorn: Any
    ) -> None:
        super().__init__(**of_uvicorn)
        self.table, self.limits = table, table.limits
        self.authorities = authorities
        self.place: str | None = None
        self.head: int | None = None
        """Bytes that came while the head of a request is incomplete; None outside of a head."""
        self.without_body = 0
        """Bytes of a body's framing (trailers, chunk extensions) since the last byte of it."""
        self.is_whole = True
        """Whether the last request that began has arrived with its body."""
        self.takes_no_more = False
        """Whether what still comes is ignored, since the connection ends after this answer."""
        self.running: RequestResponseCycle | None = None
        self._due: tuple[float, Ending] | None = None
        self._stalled_at: float | None = None
        self._unsent_then = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        place = self.table.taken(self, _peer_of(transport))
        if isinstance(place, Ending):
            self.transport = transport
            transport.write(NO_PLACE)
            transport.close()
            return
        self.place = place
        super().connection_made(transport)
        self._expect(self.limits.head, Ending.HEAD_LATE)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.place is not None:
            self.table.released(self, self.place)
        super().connection_lost(exc)
        for cycle in (self.running, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None:  # uvicorn tells only the one that began last
                cycle.disconnected = True
                cycle.message_event.set()
        self._unset_keepalive_if_required()  # uvicorn forgets it after an error

    def data_received(self, data: bytes) -> None:
        if len(data) <= LARGEST_HEAD:
            self._take(data)
            return
        for start in range(0, len(data), LARGEST_HEAD):  # so that a large head is seen to be one
            self._take(data[start : start + LARGEST_HEAD])

    def _take(self, data: bytes) -> None:
        if self.place is None or self.takes_no_more or self.transport.is_closing():
            return
        if self.head is not None:
            self.head += len(data)
            if self.head > LARGEST_HEAD:
                self.send_400_response("Headers too large.")
                return
        elif not self.is_whole:
            self.without_body += len(data)
            if self.without_body > LARGEST_FRAMING:
                self.send_400_response("Trailers too large.")
                return
        if self._is_answered() and (self._due is None or self._due[1] is Ending.IDLE):
            self._expect_more()
        super().data_received(data)
        if self.head is not None and self._due is None:
            self._expect(self.limits.head, Ending.HEAD_LATE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.head = 0
        self.is_whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head is not None:  # else it is a trailer: the head is read already
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.head = None
        self.without_body = 0
        self._due = None
        if len(self.pipeline) >= self.limits.pipelined:
            self.takes_no_more = True
            self.end(self.table.counted(Ending.PIPELINED))
            raise _NotParsedFurther
        is_for_us = self._is_for_us()
        super().on_headers_complete()
        if not is_for_us:
            self.scope["raw_path"] = self.url  # no address of the hub's is spelled like this

    def on_body(self, body: bytes) -> None:
        self.without_body = 0
        if self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self.is_whole = True
        if self.cycle is None:
            return
        super().on_message_complete()
        if self._is_answered():  # uvicorn's own timer ended with the first byte of the rest
            self._expect(self.limits.idle, Ending.IDLE)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.is_whole and self.head is None:
            self._expect_more()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, but never in the middle of an earlier request's answer."""
        if self.takes_no_more:
            return
        if self._is_answered() or (self.head is None and not self.is_whole):
            super().send_400_response(msg)
        else:
            self._end_after_answer()

    def overdue(self, now: float) -> Ending | None:
        """Say why this connection must end now, if it must."""
        if self._due is not None and now >= self._due[0]:
            return self._due[1]
        return Ending.SLOW_READER if self._is_stalled(now) else None

    def waits_for_caller(self) -> bool:
        if self._is_answered() or self.flow.write_paused:
            return True
        return self.cycle.more_body and not self.flow.read_paused  # else the body waits for us

    def unsent(self) -> int:
        return self.transport.get_write_buffer_size() if self._holds_unsent() else 0

    def end(self, why: Ending) -> None:
        """End it; an answer that is being given is finished first, if only a head was late."""
        self._due = None
        if why is Ending.HEAD_LATE and not self._is_answered():
            self._end_after_answer()
        elif why in {Ending.HEAD_LATE, Ending.BODY_LATE, Ending.IDLE}:
            if self.head is not None:
                self.transport.write(TOO_LATE)
            self.transport.close()
        else:
            self.transport.abort()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.running = cycle
        super()._start_asgi_task(cycle, app)

    def _end_after_answer(self) -> None:
        self.cycle.keep_alive = False
        self.takes_no_more = True

    def _expect(self, seconds: float, otherwise: Ending) -> None:
        self._due = (self.loop.time() + seconds, otherwise)

    def _expect_more(self) -> None:
        """Bound what comes when nothing is asked: the rest of a body, or the next head."""
        if self.is_whole or self.head is not None:
            self._expect(self.limits.head, Ending.HEAD_LATE)
        else:
            self._expect(self.limits.rest_of_body, Ending.BODY_LATE)

    def _is_answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _holds_unsent(self) -> bool:
        return self.flow.write_paused or self.transport.is_closing()

    def _is_stalled(self, now: float) -> bool:
        """Say whether the caller took too little of an answer since the last look."""
        if not self._holds_unsent():
            self._stalled_at = None
            return False
        unsent = self.transport.get_write_buffer_size()
        if self._stalled_at is None:
            self._stalled_at, self._unsent_then = now, unsent
        elif now - self._stalled_at >= self.limits.stall:
            if self._unsent_then - unsent < self.limits.slowest * self.limits.stall:
                return True
            self._stalled_at, self._unsent_then = now, unsent
        return False

    def _is_for_us(self) -> bool:
        """Say whether the target is a path, or a whole address of this hub, without a fragment."""
        if b"#" in self.url:
            return False
        if self.url.startswith(b"/"):
            return True
        host = urlsplit(self.url).netloc.decode("ascii", "replace")
        own = "{}:{}".format(*self.server) if self.server else ""
        return host in self.authorities or host == own


def server_config(
    app: ASGIApp, table: Connections, *, lifespan: Literal["on", "off"], finish: int,
    authorities: frozenset[str] = frozenset(),
) -> uvicorn.Config:  # fmt: skip
    """Configure a server whose connections are bounded, and which says nothing of itself.

    Args:
        app: what answers.
        table: of the server's connections.
        lifespan: whether the app is told of start and end.
        finish: seconds that requests under way have when the server stops.
        authorities: `host` or `host:port` by which the server is known, besides its own address.
    """
    options: dict[str, Any] = {
        "http": partial(BoundedProtocol, table=table, authorities=authorities),
        "ws": "none",
        "lifespan": lifespan,
        "log_config": None,  # backend.core.log decides what other libraries may say
        "access_log": False,  # it would log addresses; `request_log` logs the route instead
        "proxy_headers": False,
        "server_header": False,
        "timeout_keep_alive": int(table.limits.idle),
        "timeout_graceful_shutdown": finish,
    }
    return uvicorn.Config(app, **options)


def _peer_of(transport: asyncio.Transport) -> str:
    """Give the peer's address: empty for a Unix socket, a word for a peer that is gone already."""
    peer = get_remote_addr(transport)
    if peer is not None:
        return peer[0]
    listening = transport.get_extra_info("socket")
    return "" if listening is not None and listening.family == socket.AF_UNIX else "gone"
