"""Workers and APIs that a test holds at a named point, freezes, thaws and kills."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

PATIENCE = 30.0
"""Seconds after which something that should happen did not."""


class FailpointNeverReached(Exception):
    """The point was armed, and nobody came by."""


class DiedAtOnce(Exception):
    """It ended before it did what it was asked; its log says why."""


class Victim:
    """One process, and what it said of the points it passed."""

    def __init__(
        self, kind: str, pid: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        passed: Counter[str],
    ) -> None:  # fmt: skip
        self.kind = kind
        self.pid = pid
        self.holding = ""
        self.gone = asyncio.Event()
        self._reader = reader
        self._writer = writer
        self._passed = passed
        self._ready = asyncio.Event()
        self._armed = asyncio.Event()
        self._held: asyncio.Queue[UUID] = asyncio.Queue()
        self._hearing = asyncio.create_task(self._hear())

    async def ready(self) -> None:
        await self._told(self._ready)

    async def hold(self, point: str) -> None:
        """Let it stop the next time it comes to `point`."""
        self.holding = point
        self._armed.clear()
        self._order(f"hold {point}")
        await self._told(self._armed)

    async def held(self) -> UUID:
        """Wait until it stands at the point it was told, and give the attempt.

        Raises:
            NeverReached: nobody came by in time.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._held.get()
        except TimeoutError:
            raise FailpointNeverReached(self.holding) from None

    def let_go(self) -> None:
        self._order("go")

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def kill(self) -> None:
        """End it at whatever instruction it is, as a power cut would."""
        if not self.gone.is_set():
            os.kill(self.pid, signal.SIGKILL)
        await self._hearing

    async def end(self) -> None:
        """Ask it to stop, and kill it if it does not in time."""
        if self.gone.is_set():
            return
        os.kill(self.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(PATIENCE):
                await self.gone.wait()
        except TimeoutError:
            await self.kill()

    def _order(self, words: str) -> None:
        self._writer.write(words.encode() + b"\n")

    async def _told(self, so: asyncio.Event) -> None:
        waits = [asyncio.create_task(each.wait()) for each in (so, self.gone)]
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
        if not so.is_set():
            raise DiedAtOnce(self.kind)

    async def _hear(self) -> None:
        try:
            while (line := await self._reader.readline()).endswith(b"\n"):
                self._note(*line.decode().split())
        except ConnectionError:  # killed while an order to it was still unread
            pass
        finally:
            self.gone.set()
            self._writer.close()

    def _note(self, word: str, point: str = "", attempt: str = "") -> None:
        match word:
            case "ready":
                self._ready.set()
            case "armed":
                self._armed.set()
            case _:
                self._passed[point] += 1
                if word == "held":
                    self._held.put_nowait(UUID(attempt))


class Spawner:
    """The process that forks victims, seen from the test."""

    def __init__(self, process: Process, orders: socket.socket) -> None:
        self._process = process
        self._orders = orders
        self._one_at_a_time = asyncio.Lock()
        self.passed: Counter[str] = Counter()
        """How often each point was passed or held at, by all victims together."""

    async def start(
        self, kind: str, environment: Mapping[str, str], log: Path,
        listening: socket.socket | None = None,
    ) -> Victim:  # fmt: skip
        """Start a worker or, with a socket to serve, an API."""
        ours, theirs = socket.socketpair()
        order = json.dumps({"kind": kind, "environment": dict(environment)}).encode()
        with theirs, log.open("ab") as output:
            files = [theirs.fileno(), output.fileno()]
            files += [] if listening is None else [listening.fileno()]
            async with self._one_at_a_time:
                socket.send_fds(self._orders, [order], files)
                pid = int(await self._answer())
        reader, writer = await asyncio.open_connection(sock=ours)
        victim = Victim(kind, pid, reader, writer, self.passed)
        await victim.ready()
        return victim

    async def ready(self) -> None:
        await self._answer()

    async def _answer(self) -> bytes:
        async with asyncio.timeout(PATIENCE * 2):
            return await asyncio.get_running_loop().sock_recv(self._orders, 100)

    async def end(self) -> None:
        self._orders.close()
        await self._process.wait()


@asynccontextmanager
async def spawning() -> AsyncIterator[Spawner]:
    """Have a spawner while the block lasts."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.harness.processes.spawner", str(theirs.fileno()),
            pass_fds=[theirs.fileno()], stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    spawner = Spawner(process, ours)
    try:
        await spawner.ready()
        yield spawner
    finally:
        await spawner.end()
