"""Redis or Valkey: fast, and allowed to forget. Losing it loses no message and no record.

A server that hangs is worse than one that is gone: every question would wait. So one time-out opens
a breaker, and for some seconds nobody asks. Then a ping in the background finds out.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from contextvars import Context
from time import monotonic
from types import TracebackType
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer

from backend.core.errors import Unavailable
from backend.core.log import log
from backend.core.metrics import FAST_STORE_AWAY, FAST_STORE_TIMEOUTS

WAKE_CHANNEL = "hub:wake"
ANSWER_SECONDS: Final = 2.0
"""How long a question may take in all: to connect, to send, to be answered."""
LATE_SECONDS: Final = 0.2
"""A deadline that is itself so late says that this process was busy, and nothing about Redis."""
AWAY_SECONDS: Final = 5.0
"""How long nobody asks after a time-out, until one ping finds out whether it is back."""
SILENT_SECONDS: Final = 20.0
"""A subscription that heard nothing for so long asks whether anybody is there."""


class FastStoreAway(Unavailable):
    """The hub cannot do this safely just now. Try again in a moment."""

    code = "fast_store_away"


class Breaker:
    """Remembers one time-out: closed while the server answers, open while it does not."""

    def __init__(self, away_seconds: float) -> None:
        self._away_seconds = away_seconds
        self._ask_again_at: float | None = None
        self._probe: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._ask_again_at is not None

    def let_through(self, client: "BoundedRedis") -> None:
        """Let a question through, or refuse it at once; the first after the pause starts a ping.

        Raises:
            FastStoreAway: the server did not answer lately.
        """
        if self._ask_again_at is None:
            return
        if monotonic() >= self._ask_again_at and (self._probe is None or self._probe.done()):
            self._probe = asyncio.create_task(self._look(client), context=Context())
        raise FastStoreAway

    def timed_out(self) -> None:
        FAST_STORE_TIMEOUTS.inc()
        if self._ask_again_at is None:
            log.warning("fast_store_hangs")
        self._ask_again_at = monotonic() + self._away_seconds
        FAST_STORE_AWAY.set(1)

    def answered(self) -> None:
        self._ask_again_at = None
        FAST_STORE_AWAY.set(0)

    async def _look(self, client: "BoundedRedis") -> None:
        """Ask once. Whatever it answers, it answers; only one that loads its data is not back."""
        try:
            await client.ask("PING")
        except ResponseError:
            self.answered()
        except (RedisError, OSError):
            self._ask_again_at = monotonic() + self._away_seconds
        else:
            self.answered()
            log.info("fast_store_back")

    def stop(self) -> None:
        if self._probe is not None:
            self._probe.cancel()


class BoundedRedis(Redis):
    """A client whose every question ends within `ANSWER_SECONDS`, or at once while it hangs."""

    breaker: Breaker

    async def execute_command(self, *words: Any, **options: Any) -> Any:
        """Ask one question.

        Raises:
            FastStoreAway: the server did not answer lately, and was not asked now.
            redis.exceptions.TimeoutError: it did not answer now.
            redis.exceptions.RedisError, OSError: it is not there, or refuses.
        """
        self.breaker.let_through(self)
        return await self.ask(*words, **options)

    async def ask(self, *words: Any, **options: Any) -> Any:
        """Ask although the breaker may be open."""
        try:
            async with _Patience():
                return await super().execute_command(*words, **options)  # type: ignore[no-untyped-call]  # the library's
        except (TimeoutError, NoAnswer) as silent:
            self.breaker.timed_out()
            raise NoAnswer("no answer in time") from silent


class _Patience:
    """Gives the block `ANSWER_SECONDS`, and begins anew where this process slept through them.

    It raises TimeoutError when they are over.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._bound = asyncio.timeout(None)

    async def __aenter__(self) -> None:
        await self._bound.__aenter__()
        self._begin()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        await self._bound.__aexit__(kind, raised, trace)

    def _begin(self) -> None:
        due = self._loop.time() + ANSWER_SECONDS
        self._timer = self._loop.call_at(due, self._end, due)

    def _end(self, due: float) -> None:
        if self._loop.time() - due > LATE_SECONDS:
            self._begin()
        else:
            self._bound.reschedule(due)


class _Holder:
    client: BoundedRedis | None = None
    waking: asyncio.Task[None] | None = None
    asked: bool = False


def open_redis(url: str, away_seconds: float = AWAY_SECONDS) -> None:
    client = BoundedRedis.from_url(
        url,
        socket_connect_timeout=2 * ANSWER_SECONDS,  # never the first to give up: `ask` is
        socket_timeout=2 * ANSWER_SECONDS,
        decode_responses=True,
        retry=_once_more(),
    )
    assert isinstance(client, BoundedRedis), "a client made by its own class"
    client.breaker = Breaker(away_seconds)
    FAST_STORE_AWAY.set(0)
    _Holder.client = client


def _once_more() -> Retry:
    """Ask again on a new connection when an old one was closed, never after a time-out."""
    return Retry(NoBackoff(), 1, supported_errors=(NotConnected,))


def redis() -> BoundedRedis:
    if _Holder.client is None:
        raise FastStoreAway
    return _Holder.client


async def close_redis() -> None:
    if _Holder.waking is not None:
        _Holder.waking.cancel()
        _Holder.waking = None
    if _Holder.client is not None:
        client, _Holder.client = _Holder.client, None
        client.breaker.stop()
        await client.aclose()


async def heard_on(
    channel: str, url: str, silent_seconds: float = SILENT_SECONDS
) -> AsyncIterator[str]:
    """Subscribe, on a connection of its own, and give what is said until the connection ends.

    Raises:
        redis.exceptions.RedisError, OSError: it is not there, or has been silent too long.
    """
    async with (
        Redis.from_url(
            url,
            socket_connect_timeout=ANSWER_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
        ) as client,
        client.pubsub() as subscribed,
    ):
        await subscribed.subscribe(channel)
        asked = False
        while True:
            message = await subscribed.get_message(timeout=silent_seconds)
            if message is None and asked:
                raise NoAnswer("silent too long")
            asked = message is None
            if asked:
                await subscribed.ping()
            elif message["type"] == "message":
                yield message["data"]


async def wake_workers() -> None:
    """Wake the workers at once. Without this they look again within a second."""
    with suppress(RedisError, FastStoreAway, OSError):
        await redis().publish(WAKE_CHANNEL, "1")


def wake_workers_soon() -> None:
    """Wake the workers in a moment, once for all callers; nobody waits for Redis."""
    _Holder.asked = True
    if _Holder.waking is None or _Holder.waking.done():
        _Holder.waking = asyncio.create_task(_wake_until_nobody_asks())


async def _wake_until_nobody_asks() -> None:
    while _Holder.asked:
        _Holder.asked = False
        await wake_workers()
