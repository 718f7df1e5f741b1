"""Looks up for many at once what each of them needs to know as of now.

A question is answered by a look that begins after it was asked: whoever asks while one runs waits
for the next, together with all who come meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Generic, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class SharedLookup(Generic[_K, _V]):
    """One look at a time."""

    def __init__(self, look: Callable[[Sequence[_K]], Awaitable[Mapping[_K, _V]]]) -> None:
        """Share.

        Args:
            look: gives what there is for some of these keys, each of them once.
        """
        self._look = look
        self._waiting: list[tuple[_K, asyncio.Future[_V | None]]] = []
        self._looking: asyncio.Task[None] | None = None

    async def of(self, key: _K) -> _V | None:
        """Give what there is for this key now; None where there is nothing."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_V | None] = loop.create_future()
        self._waiting.append((key, answer))
        if self._looking is None or self._looking.done():
            self._looking = loop.create_task(self._look_for_all(), context=Context())
        return await answer

    async def _look_for_all(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                found = await self._look(list(dict.fromkeys(key for key, _ in asked)))
            except BaseException as failed:
                for _, answer in asked:
                    _fail(answer, failed)
                if not isinstance(failed, Exception):
                    raise
            else:
                for key, answer in asked:
                    if not answer.done():  # who asked may have gone
                        answer.set_result(found.get(key))


def _fail(answer: "asyncio.Future[_V | None]", failed: BaseException) -> None:
    if answer.done():
        return
    if isinstance(failed, Exception):
        answer.set_exception(failed)
    else:
        answer.cancel()
