"""Measures the hub's API and a bare comparator in turns, in the same run."""

import os
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import httpx

from backend.bench.client import Measurement, drive
from backend.bench.processes import WatchedProcesses, processes_of
from backend.core.subprocesses import end, start
from backend.sandbox.demo.whole_hub import WholeHub

CLIENTS: Final = 16
READY_SECONDS: Final = 60.0
"""How long a bare comparator may take to start, on a machine that is busy."""
AT_ANY_HOUR: Final = {"HUB_QUIET_HOURS": ""}
"""Nothing is held until the morning: a bench costs the same by day and by night."""


@dataclass(frozen=True, slots=True)
class ComparedKind:
    """One kind of request: its address, and how its requests are written for each round."""

    name: str
    address: str
    requests: Callable[[], Iterable[bytes]]
    processes: WatchedProcesses
    """Whose processor time it costs."""


@dataclass(frozen=True, slots=True)
class BareRoute:
    """A bare comparator that runs."""

    address: str
    processes: WatchedProcesses


async def nothing() -> None:
    pass


@asynccontextmanager
async def bare_route(hub: WholeHub, which: str) -> AsyncIterator[BareRoute]:
    """Serve a bare comparator while the block lasts."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        environment = hub.environment | {"HUB_DATABASE_URL": hub.engines.database_url("postgres")}
        process: Process = await start(
            ["bench", "bare", which, "--fd", str(listening.fileno())],
            environment, log=hub.folder / "bare.log", inherited=[listening.fileno()],
        )  # fmt: skip
        address = "http://{}:{}".format(*listening.getsockname()[:2])
        try:
            async with httpx.AsyncClient(timeout=READY_SECONDS) as http:
                await http.get(f"{address}/")  # it has started when it answers, whatever it says
            yield BareRoute(
                address,
                replace(processes_of(hub), api=(process.pid,), worker=()),
            )
        finally:
            await end(process)


async def in_turn(
    kinds: Sequence[ComparedKind], *, rounds: int, seconds: float, clients: int = CLIENTS,
    warmed: Callable[[], Awaitable[None]] = nothing,
) -> dict[str, list[Measurement]]:  # fmt: skip
    """Measure each kind in turns, round after round, after one uncounted round.

    Args:
        warmed: done after the uncounted round: what that has written is put at rest.
    """
    runs: dict[str, list[Measurement]] = {kind.name: [] for kind in kinds}
    for number in range(rounds + 1):
        for kind in kinds:
            requests = kind.requests()
            before = kind.processes.spent()
            measured = await drive(kind.address, requests, clients=clients, seconds=seconds)
            cost = kind.processes.spent().since(before).for_each_of(measured.count)
            if number:
                runs[kind.name].append(replace(measured, cost=cost))
        if number == 0:
            await warmed()
    return runs


def circumstances(rounds: int, clients: int = CLIENTS) -> str:
    return f"{clients} clients, median of {rounds} rounds on {os.cpu_count()} processors."
