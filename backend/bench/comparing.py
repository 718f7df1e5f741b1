"""Measures the hub's API and a bare comparator in turns, in the same run."""

import os
import socket
import subprocess
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

import typer

from backend.bench.client import Measurement, drive
from backend.core.subprocesses import end, start
from backend.sandbox.demo.whole_hub import WholeHub

CLIENTS = 16


@dataclass(frozen=True, slots=True)
class ComparedKind:
    """One kind of request: its address, and how its requests are written for each round."""

    name: str
    address: str
    requests: Callable[[], Iterable[bytes]]


@asynccontextmanager
async def bare_route(hub: WholeHub, which: str) -> AsyncIterator[str]:
    """Serve a bare comparator while the block lasts; give its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        environment = hub.environment | {"HUB_DATABASE_URL": hub.engines.database_url("postgres")}
        process: Process = await start(
            ["bench", "bare", which, "--fd", str(listening.fileno())],
            environment, log=hub.folder / "bare.log", inherited=[listening.fileno()],
        )  # fmt: skip
        try:
            yield "http://{}:{}".format(*listening.getsockname()[:2])
        finally:
            await end(process)


async def _nothing() -> None:
    pass


async def in_turn(
    kinds: Sequence[ComparedKind], *, rounds: int, seconds: float, clients: int = CLIENTS,
    warmed: Callable[[], Awaitable[None]] = _nothing,
) -> dict[str, list[Measurement]]:  # fmt: skip
    """Measure each kind in turns, round after round, after one uncounted round.

    Args:
        warmed: done after the uncounted round: what that has written is put at rest.
    """
    runs: dict[str, list[Measurement]] = {kind.name: [] for kind in kinds}
    for number in range(rounds + 1):
        for kind in kinds:
            requests = kind.requests()
            measured = await drive(kind.address, requests, clients=clients, seconds=seconds)
            if number:
                runs[kind.name].append(measured)
        if number == 0:
            await warmed()
    return runs


def show(
    runs: dict[str, list[Measurement]], unit: str = "requests/s", beside: str = "of bare"
) -> None:
    """Print a line for each kind, with its ratio to the first one, the comparator."""
    bare, *_ = runs.values()
    typer.echo(f"{'':20}{unit:>12}{'p50 ms':>9}{'p99 ms':>9}{beside:>9}")
    for name, measured in runs.items():
        ratio = median(m.rate / b.rate for m, b in zip(measured, bare, strict=True))
        _line(name, measured, ratio)
    ceiling = min(median(m.ceiling for m in measured) for measured in runs.values())
    typer.echo(f"The client itself could ask {ceiling:,.0f} times a second.")


def show_growth(runs: dict[str, list[Measurement]]) -> None:
    """Print a line for each size; the first one is the smallest."""
    smallest, *_ = runs.values()
    typer.echo(f"{'':20}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'of first':>9}")
    for name, measured in runs.items():
        ratio = median(m.p50 / s.p50 for m, s in zip(measured, smallest, strict=True))
        _line(name, measured, ratio)


def show_memory(hub: WholeHub) -> None:
    typer.echo(f"The API process has {_megabytes(hub.pids('api')[0])} MB.")


def circumstances(rounds: int) -> str:
    return f"{CLIENTS} clients, median of {rounds} rounds on {os.cpu_count()} processors."


def _line(name: str, measured: Sequence[Measurement], ratio: float) -> None:
    typer.echo(
        f"{name:20}{median(m.rate for m in measured):12,.0f}"
        f"{median(m.p50 for m in measured):9.1f}{median(m.p99 for m in measured):9.1f}"
        f"{ratio:9.2f}"
    )


def _megabytes(pid: int) -> int:
    shown = subprocess.run(  # noqa: S603  # ps is asked about a process of ours
        ["ps", "-o", "rss=", "-p", str(pid)],  # noqa: S607  # where ps lies differs
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return int(shown.stdout) // 1024
