"""Caches a provider's metadata for a while; concurrent callers share one fetch."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from backend.core.clock import now

LIFETIME: Final = timedelta(hours=1)

T = TypeVar("T")


class Cache(Generic[T]):
    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._known: tuple[T, datetime] | None = None
        self._fetching: asyncio.Task[T] | None = None

    @property
    def in_flight(self) -> bool:
        return self._fetching is not None and not self._fetching.done()

    async def get(self) -> T:
        """Give the cached value, or fetch it if it is too old."""
        if self._known is not None and now() - self._known[1] < LIFETIME:
            return self._known[0]
        return await self.fetch_anew()

    async def fetch_anew(self) -> T:
        """Fetch the value once for all concurrent callers, who also share a failure."""
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._remember())
            self._fetching.add_done_callback(_seen)
        return await asyncio.shield(self._fetching)

    async def _remember(self) -> T:
        value = await self._fetch()
        self._known = (value, now())
        return value

    async def close(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])


def _seen(task: asyncio.Task[T]) -> None:
    """Look at how it ended, also when nobody waits any more."""
    if not task.cancelled():
        task.exception()
