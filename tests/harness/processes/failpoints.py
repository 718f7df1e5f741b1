"""Inside a process that is to be killed: says what it passes, and holds where it was told to."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from litestar.types import ASGIApp, Message, Receive, Scope, Send

ANSWER_BEGUN = "answer_begun"
"""The hospital has read 200, and not what became of its message."""
_MESSAGE_ID = b"hub-message-id"


class Failpoints:
    """One line to the test. A point is held, never hoped for: the test kills while it is held."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._holding = ""
        self._free = asyncio.Event()

    def say(self, *words: object) -> None:
        """Unbuffered, so that it is told even when the next instruction is never reached."""
        self._line.sendall(" ".join(map(str, words)).encode() + b"\n")

    async def reached(self, point: str, attempt: UUID) -> None:
        if point != self._holding:
            self.say("passed", point, attempt)
            return
        self._holding = ""
        self._free.clear()
        self.say("held", point, attempt)
        await self._free.wait()

    @contextmanager
    def obeying(self) -> Iterator[None]:
        """Hear `hold <point>` and `go` while the block lasts; without a test it ends at once."""
        loop = asyncio.get_running_loop()
        stop = asyncio.current_task()
        assert stop is not None
        loop.add_reader(self._line.fileno(), self._obey, stop)
        try:
            yield
        finally:
            loop.remove_reader(self._line.fileno())

    def _obey(self, whole_process: asyncio.Task[object]) -> None:
        heard = self._line.recv(4096, socket.MSG_DONTWAIT)
        if not heard:
            whole_process.cancel()
        for order in heard.decode().splitlines():
            match order.split():
                case ["hold", point]:
                    self._holding = point
                    self.say("armed", point)
                case _:
                    self._free.set()


def halved(app: ASGIApp, failpoints: Failpoints) -> ASGIApp:
    """Stand between the head and the body of each answer to a hospital's message."""

    async def standing(scope: Scope, receive: Receive, send: Send) -> None:
        async def halfway(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                named = dict(message["headers"]).get(_MESSAGE_ID)
                if named:
                    await failpoints.reached(ANSWER_BEGUN, UUID(named.decode()))

        await app(scope, receive, halfway)

    return standing
