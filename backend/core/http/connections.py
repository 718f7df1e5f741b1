"""Decides who may hold a connection, and ends those that keep the hub waiting.

Silent sockets of few addresses must not keep others out. So one address holds at most
`of_one_address` connections. When the process is full, the address that holds the most gives up
the oldest connection on which the hub waits for the caller.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, Protocol

from backend.core.http.client_address import is_own_proxy, network_of
from backend.core.log import log
from backend.core.metrics import CONNECTIONS_ENDED, OPEN_CONNECTIONS

SWEEP_SECONDS: Final = 0.5
"""How late the end of a connection may be noticed."""
OWN_PROXIES: Final = "own proxies"
"""Stands for the address of every trusted proxy. They hold their own limits."""


class Ending(StrEnum):
    """Why the hub ended a connection: the `why` of `hub_connections_ended_total`."""

    HEAD_LATE = "head_late"
    """The head of a request was not whole in time, or never began."""
    BODY_LATE = "body_late"
    """The rest of a body that was refused did not come in time."""
    IDLE = "idle"
    """No request followed the last one."""
    SLOW_READER = "slow_reader"
    """The caller took the answer too slowly, or not at all."""
    UNSENT = "unsent"
    """Answers that nobody took filled their share of memory; this was one of the largest."""
    PIPELINED = "pipelined"
    """Too many requests were sent before the first of them was answered."""
    ADDRESS_FULL = "address_full"
    """The address already holds as many as it may."""
    MADE_ROOM = "made_room"
    """The process was full: this one gave its place to a new connection."""
    PROCESS_FULL = "process_full"
    """The process was full, and on none of its connections did it wait for a caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """Bounds of one process, and of one caller. Times are seconds, sizes are bytes."""

    most: int = 2000
    of_one_address: int = 256
    """Of an IPv4 address or an IPv6 /64; trusted proxies are not counted."""
    head: float = 10.0
    """From the connection to the end of the first head; for a later one, from its first byte."""
    rest_of_body: float = 30.0
    """For what is still sent after the answer."""
    idle: float = 30.0
    """Between two requests."""
    stall: float = 30.0
    """How often a caller who takes an answer slowly must have taken more of it."""
    slowest: int = 4096
    """Bytes a second that must be taken meanwhile, about a tenth of a poor mobile network."""
    unsent: int = 128 * 1024 * 1024
    """Bytes that wait in the whole process for callers to take them."""
    pipelined: int = 16
    """Requests that wait behind the one that is answered."""


DEFAULT_LIMITS: Final = ConnectionLimits()


class Connection(Protocol):
    """The view that the table has of a connection."""

    def overdue(self, now: float) -> Ending | None:
        """Say why it must end at this time of the loop, if it must."""

    def waits_for_caller(self) -> bool:
        """Say whether the hub has nothing to do for it until the caller does something."""

    def unsent(self) -> int:
        """Give the bytes of answers that the caller has not taken; 0 while there are few."""

    def end(self, why: Ending) -> None:
        """End it. `released` is called once it is gone."""


class Connections:
    """The open connections of this process by address, the oldest first."""

    def __init__(
        self, limits: ConnectionLimits = DEFAULT_LIMITS, *,
        listener: Literal["public", "metrics"] = "public",
        is_exempt: Callable[[str], bool] = is_own_proxy,
    ) -> None:  # fmt: skip
        self.limits = limits
        self.listener = listener
        self.is_exempt = is_exempt
        self.total = 0
        self._held: dict[str, dict[Connection, None]] = {}

    def taken(self, connection: Connection, peer: str) -> str | Ending:
        """Take a new connection in; give its place, or why there is none for it.

        Args:
            connection: which may soon be ended to make room, like every other.
            peer: the network peer's address; empty for a Unix socket.
        """
        place = OWN_PROXIES if self.is_exempt(peer) else network_of(peer)
        held = self._held.get(place, {})
        if place != OWN_PROXIES and len(held) >= self.limits.of_one_address:
            return self.counted(Ending.ADDRESS_FULL)
        if self.total >= self.limits.most and not self._make_room():
            return self.counted(Ending.PROCESS_FULL)
        self._held.setdefault(place, {})[connection] = None
        self.total += 1
        return place

    def released(self, connection: Connection, place: str) -> None:
        """Free the place of a connection that is gone; a second call is harmless."""
        held = self._held.get(place)
        if held is None or connection not in held:
            return
        del held[connection]
        self.total -= 1
        if not held:
            del self._held[place]

    def sweep(self, now: float) -> None:
        """End whatever is overdue at this time of the loop."""
        OPEN_CONNECTIONS.labels(self.listener).set(self.total)
        waiting, unsent = [], 0
        for connection in self._all():
            why = connection.overdue(now)
            if why is not None:
                self._end(connection, why)
            elif size := connection.unsent():
                waiting.append((connection, size))
                unsent += size
        for connection, size in sorted(waiting, key=lambda found: -found[1]):
            if unsent <= self.limits.unsent:
                return
            self._end(connection, Ending.UNSENT)
            unsent -= size

    @asynccontextmanager
    async def swept(self) -> AsyncIterator[None]:
        """Sweep again and again for the length of the block."""
        sweeping = asyncio.create_task(self._keep_sweeping())
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    async def _keep_sweeping(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                self.sweep(loop.time())
            except Exception as surprise:  # noqa: BLE001  # a bug here must not let everybody stay
                log.error("duty_failed", where="connections", error=type(surprise).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    def counted(self, why: Ending) -> Ending:
        """Count an ending in the metrics."""
        CONNECTIONS_ENDED.labels(self.listener, why).inc()
        return why

    def _end(self, connection: Connection, why: Ending) -> None:
        connection.end(self.counted(why))

    def _all(self) -> list[Connection]:
        return [connection for held in self._held.values() for connection in held]

    def _make_room(self) -> bool:
        """End one connection, so that a new one has a place."""
        for place in self._fullest_first():
            for connection in self._held[place]:
                if connection.waits_for_caller():
                    self._end(connection, Ending.MADE_ROOM)
                    self.released(connection, place)
                    return True
        return False

    def _fullest_first(self) -> Iterator[str]:
        places = [place for place in self._held if place != OWN_PROXIES]
        yield from sorted(places, key=lambda place: -len(self._held[place]))
