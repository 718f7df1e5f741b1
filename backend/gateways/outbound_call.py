"""Tracks one attempt at a provider: whether the request left, and whether its result is known."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar
from uuid import UUID

from backend.gateways.sender import SendOutcome, SendResult

Failpoint = Callable[[str, UUID], Awaitable[None]]
"""Told `before_write` and `written` with the attempt: where a crash test stops a worker."""

T = TypeVar("T")


async def no_failpoint(_: str, __: UUID) -> None:
    """Stop nowhere."""


@dataclass(slots=True)
class Call:
    """What is certain about one attempt while it runs."""

    attempt: UUID
    deadline: float
    failpoint: Failpoint = no_failpoint
    begun: bool = False
    never_left: str = ""
    """Why not one byte of the request was written, once that is certain."""
    status: int = 0
    retry_after: float | None = None
    decided: asyncio.Event = field(default_factory=asyncio.Event)

    def may_begin(self, transport: asyncio.BaseTransport | None) -> bool:
        if monotonic() >= self.deadline:
            self.never_left = "deadline"
        elif transport is None or transport.is_closing():
            self.never_left = "unreachable"
        else:
            self.begun = True
        return self.begun

    def stopped(self) -> None:
        """Note the cause of a failure before the first byte."""
        if not self.begun and not self.never_left:
            self.never_left = "deadline" if monotonic() >= self.deadline else "unreachable"

    async def before_deadline(self, preparation: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(max(0.0, self.deadline - monotonic())):
                return await preparation
        except TimeoutError:
            self.never_left = "deadline"
            raise

    def in_doubt(self, surprise: Exception) -> SendResult:
        """Give the outcome of a failed call: nothing was sent, or the result is in doubt."""
        if self.never_left:
            return SendResult(SendOutcome.TRY_LATER, code=self.never_left)
        cause = getattr(surprise, "cause", None) or surprise  # firebase-admin wraps what it met
        return SendResult(
            SendOutcome.IN_DOUBT, code=type(cause).__name__, retry_after=self.retry_after
        )


current: ContextVar[Call | None] = ContextVar("call", default=None)


@contextmanager
def outbound_call(call: Call) -> Iterator[Call]:
    before = current.set(call)
    try:
        yield call
    finally:
        current.reset(before)
