"""Named points where a crash test stops a process. In production nobody listens there."""

from collections.abc import Awaitable, Callable
from uuid import UUID

CLAIMED = "claimed"
BEFORE_WRITE = "before_write"
WRITTEN = "written"
ANSWERED = "answered"
RECEIPT_IN_HAND = "receipt_in_hand"

Reached = Callable[[str, UUID], Awaitable[None]]


async def nobody_listens(_: str, __: UUID) -> None:
    return
