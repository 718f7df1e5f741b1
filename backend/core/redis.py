"""Redis or Valkey: fast, and allowed to forget. Losing it loses no message and no record."""

import asyncio
from contextlib import suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.core.errors import Unavailable

WAKE_CHANNEL = "hub:wake"


class FastStoreAway(Unavailable):
    """The hub cannot do this safely just now. Try again in a moment."""

    code = "fast_store_away"


class _Holder:
    client: Redis | None = None
    waking: asyncio.Task[None] | None = None
    asked: bool = False


def open_redis(url: str) -> None:
    _Holder.client = Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=2, decode_responses=True
    )


def redis() -> Redis:
    if _Holder.client is None:
        raise FastStoreAway
    return _Holder.client


async def close_redis() -> None:
    if _Holder.waking is not None:
        _Holder.waking.cancel()
        _Holder.waking = None
    if _Holder.client is not None:
        client, _Holder.client = _Holder.client, None
        await client.aclose()


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
