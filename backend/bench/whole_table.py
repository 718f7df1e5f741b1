"""`hub bench all`: takes every figure of the table in docs/performance.md."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import typer

from backend.bench.both import both
from backend.bench.deliver import DeliverySize, deliver
from backend.bench.importing import ImportSize, import_folder
from backend.bench.read import ReadSize, read
from backend.bench.report import BenchReport
from backend.bench.sizes import FullSize, sizes
from backend.bench.taking_in import SendingSize, accept, intake

CLIENTS: Final = (16, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """How much is loaded for everything, and how long is measured."""

    rounds: int = 5
    seconds: float = 3.0
    patients: int = 60_000
    rows: int = 1_000_000
    """Of history, and due later, in the full hubs."""


async def whole_table(size: TableSize) -> list[BenchReport]:
    """Run every bench, and say when each is done."""
    return [report async for report in _all(size)]


async def _all(size: TableSize) -> AsyncIterator[BenchReport]:
    patients, rounds, seconds = size.patients, size.rounds, size.seconds
    sending = SendingSize(patients=patients, rounds=rounds, seconds=seconds, clients=CLIENTS)
    few = SendingSize(patients=patients // 3, rounds=rounds, seconds=seconds)
    alone = SendingSize(patients=patients, rounds=rounds, seconds=seconds)
    reading = ReadSize(
        patients=patients // 6, sessions=max(patients // 60, 5), rounds=rounds,
        seconds=min(seconds, 2.0),
    )  # fmt: skip
    benches: Sequence[tuple[str, Callable[[], Awaitable[list[BenchReport]]]]] = (
        ("accept", lambda: _one(accept(sending))),
        ("intake", lambda: _one(intake(few))),
        ("import", lambda: _one(import_folder(ImportSize(patients=max(patients // 3000, 1),
                                                         rounds=max(rounds // 2, 1))))),
        ("read", lambda: read(reading)),
        ("deliver", lambda: _one(deliver(DeliverySize(patients=patients, rounds=rounds,
                                                      seconds=seconds)))),
        ("both", lambda: _one(both(alone))),
        ("sizes", lambda: sizes(FullSize(
            rows=size.rows, patients=patients, rounds=rounds, seconds=seconds,
            sessions=max(patients // 120, 5), idle_seconds=max(seconds * 6, 2.0)))),
    )  # fmt: skip
    for name, bench in benches:
        typer.echo(f"{name} ...", err=True)
        for report in await bench():
            yield report


async def _one(report: Awaitable[BenchReport]) -> list[BenchReport]:
    return [await report]
