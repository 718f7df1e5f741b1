"""Reads the body of a request while it arrives, never more of it than the route takes."""

import asyncio
import zlib
from time import monotonic
from typing import Final

from litestar.types import Receive

from backend.core.errors import HubError

_UNPACKED_AT_ONCE: Final = 1024 * 1024
"""Bytes that are unpacked between two turns of other requests."""
_GZIP: Final = 16 + zlib.MAX_WBITS
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


class BodyNotPacked(HubError):
    """The body is not what its Content-Encoding says, or it ends too early."""

    code = "body_not_packed"
    status = 400


class Unpacking:
    """Unpacks gzip while it arrives, a bounded piece at a time (RFC 1952)."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP)
        self._packed = b""

    def add(self, packed: bytes) -> None:
        self._packed += packed

    @property
    def has_more(self) -> bool:
        """Whether something that has arrived is still packed: a member may hold nothing."""
        return bool(self._packed)

    def next(self) -> bytes:
        """Give the next piece; nothing where more must arrive first, or a member is empty.

        Raises:
            BodyNotPacked: it is no gzip.
        """
        if self._stream.eof and self._packed:
            self._stream = zlib.decompressobj(_GZIP)  # another member follows
        try:
            piece = self._stream.decompress(self._packed, _UNPACKED_AT_ONCE)
        except zlib.error:
            raise BodyNotPacked from None
        self._packed = self._stream.unconsumed_tail or self._stream.unused_data
        return piece

    def end(self) -> None:
        """See that nothing is missing.

        Raises:
            BodyNotPacked: something is.
        """
        if not self._stream.eof:
            raise BodyNotPacked


class ArrivingBody:
    """The part of a body that is here, and the way to the rest.

    A packed body is unpacked while it arrives. What the route takes at most holds before and after.

    Args:
        receive: what the server calls `receive`.
        largest: bytes that the route takes.
        announced: bytes that the head of the request speaks of; 0 when it does not.
        patience: seconds from now until it must be here.
        packed: whether it is gzip.
    """

    def __init__(
        self, receive: Receive, largest: int, announced: int = 0,
        patience: float = SECONDS_TO_SEND, *, packed: bool = False,
    ) -> None:  # fmt: skip
        self.largest = largest
        self.announced = announced
        self._receive = receive
        self._until = monotonic() + patience
        self._parts: list[bytes] = []
        self._size = 0
        self._more = True
        self._to_come = True
        """Whether the server has more than was read."""
        self._came = 0
        """Bytes that have arrived, before anything is unpacked."""
        self._unpacking = Unpacking() if packed else None

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
            BodyNotPacked: it is not the gzip that it was said to be.
            SenderGone: it will not come.
        """
        while self._more and self._size <= size:
            await self.more()

    async def more(self) -> None:
        """Wait for the next part. It raises what `up_to` raises."""
        if self._unpacking is not None and await self._unpacked(self._unpacking):
            return
        try:
            async with asyncio.timeout(self._until - monotonic()):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlow from None
        if message["type"] != "http.request":
            raise SenderGone
        part, self._to_come = message["body"], message.get("more_body", False)
        self._came += len(part)
        if self._came > self.largest:
            raise BodyTooLarge
        if self._unpacking is None:
            self._more = self._to_come
            self._keep(part)
        else:
            self._unpacking.add(part)

    async def _unpacked(self, unpacking: Unpacking) -> bool:
        """Unpack one piece of what has arrived; False where the next part is needed."""
        piece = unpacking.next()
        if piece or unpacking.has_more:
            self._keep(piece)
            await asyncio.sleep(0)
            return True
        if not self._to_come:
            unpacking.end()
            self._more = False
        return not self._more

    def _keep(self, part: bytes) -> None:
        self._parts.append(part)
        self._size += len(part)
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
