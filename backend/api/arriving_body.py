"""Reads the body of a request while it arrives, never more of it than the route takes."""

import asyncio
from time import monotonic
from typing import Final

from litestar.types import Receive

from backend.core.errors import HubError

SECONDS_TO_SEND: Final = 30.0
"""A body that takes longer than this to arrive is not waited for."""


class BodyTooLarge(HubError):
    """The body is larger than this address takes."""

    code = "body_too_large"
    status = 413


class BodyTooSlow(HubError):
    """The body did not arrive in time."""

    code = "body_too_slow"
    status = 408


class SenderGone(HubError):
    """The connection was closed before the body had arrived."""

    code = "sender_gone"
    status = 400


class ArrivingBody:
    """The part of a body that is here, and the way to the rest.

    Args:
        receive: what the server calls `receive`.
        largest: bytes that the route takes.
        announced: bytes that the head of the request speaks of; 0 when it does not.
        patience: seconds from now until it must be here.
    """

    def __init__(
        self, receive: Receive, largest: int, announced: int = 0, patience: float = SECONDS_TO_SEND
    ) -> None:
        self.largest = largest
        self.announced = announced
        self._receive = receive
        self._until = monotonic() + patience
        self._parts: list[bytes] = []
        self._size = 0
        self._more = True

    @property
    def is_here(self) -> bool:
        """Whether all of it has arrived."""
        return not self._more

    @property
    def size(self) -> int:
        """Bytes that have arrived, or that will."""
        return max(self._size, self.announced)

    async def up_to(self, size: int) -> None:
        """Read until it is here, or larger than `size`; the rest stays with the sender.

        Raises:
            BodyTooLarge: it is larger than the route takes.
            BodyTooSlow: it did not come in time.
            SenderGone: it will not come.
        """
        while self._more and self._size <= size:
            await self.more()

    async def more(self) -> None:
        """Wait for the next part. It raises what `up_to` raises."""
        try:
            async with asyncio.timeout(self._until - monotonic()):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] != "http.request":
            raise SenderGone
        self._parts.append(message["body"])
        self._size, self._more = self._size + len(self._parts[-1]), message.get("more_body", False)
        if self._size > self.largest:
            raise BodyTooLarge

    def wait_until(self, moment: float) -> None:
        """Give the sender another time, by the monotonic clock."""
        self._until = moment

    def taken(self) -> bytes:
        """Give what has arrived since the last time, and keep it no longer."""
        parts, self._parts = self._parts, []
        return b"".join(parts)

    def peek(self) -> bytes:
        """Give what has arrived, and keep it as one piece."""
        self._parts = [b"".join(self._parts)]
        return self._parts[0]
