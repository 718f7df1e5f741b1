"""A hub whose workers and APIs can be killed: the same engines, sandbox and settings for all."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from backend.core.redis import WAKE_CHANNEL, redis
from tests.crash.texts import make_due
from tests.harness.processes.victims import PATIENCE, Spawner, Victim

LOOK_SECONDS = 0.05
IN_THE_END = ("sent", "delivered")


@dataclass
class CrashingHub:
    """What a test does to a hub, and what it can see of it from outside."""

    spawner: Spawner
    environment: Mapping[str, str]
    """For every process; its database is that of the owner, `roles` say whom each logs in as."""
    roles: Mapping[str, str]
    """The database address by kind of process."""
    owner: asyncpg.Connection
    api_socket: socket.socket
    sandbox: httpx.AsyncClient
    log: Path
    victims: list[Victim] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)
    """The reference of each text that must arrive once, by its number."""

    async def start_worker(self) -> Victim:
        return await self._start("worker", None)

    async def start_api(self) -> Victim:
        return await self._start("api", self.api_socket)

    async def _start(self, kind: str, listening: socket.socket | None) -> Victim:
        environment = {**self.environment, "HUB_DATABASE_URL": self.roles[kind]}
        victim = await self.spawner.start(kind, environment, self.log, listening)
        self.victims.append(victim)
        return victim

    def alive(self, kind: str) -> list[Victim]:
        return [each for each in self.victims if each.kind == kind and not each.gone.is_set()]

    async def end(self) -> None:
        for kind in ("worker", "api"):
            await asyncio.gather(*(each.end() for each in self.alive(kind)))

    async def texts_come_due(self, how_many: int = 1) -> None:
        self.expected |= await make_due(self.owner, how_many)
        await redis().publish(WAKE_CHANNEL, "1")

    async def misbehave(self, **mood: Any) -> None:
        (await self.sandbox.put("/behaviour", json={"twilio": mood})).raise_for_status()

    async def texts(self) -> list[dict[str, Any]]:
        """Give what the provider accepted."""
        accepted: list[dict[str, Any]] = (await self.sandbox.get("/messages")).json()
        return accepted

    async def posts(self) -> list[str]:
        """Give the reference of every request to send, as counted before any logic."""
        counted = (await self.sandbox.get("/ledger")).json()
        return [
            each["reference"] or "?"
            for each in counted
            if (each["method"], each["channel"]) == ("POST", "sms")
        ]

    async def statuses(self) -> dict[str, int]:
        rows = await self.owner.fetch("SELECT status, count(*) AS n FROM delivery GROUP BY 1")
        return {row["status"]: row["n"] for row in rows}

    async def everything_ends_well(self, statuses: tuple[str, ...] = IN_THE_END) -> None:
        async def so() -> bool:
            return set(await self.statuses()) <= set(statuses)

        await patiently(so)


async def patiently(so: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Ask again until it is so. These are other processes: nothing here can be told of it."""
    async with asyncio.timeout(seconds):
        while not await so():  # noqa: ASYNC110  # the event is in another process
            await asyncio.sleep(LOOK_SECONDS)
