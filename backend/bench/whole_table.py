"""`hub bench all`: takes every figure of the table in docs/performance.md."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from backend.bench.both import both
from backend.bench.deliver import DeliverySize, deliver
from backend.bench.importing import ImportSize, import_folder
from backend.bench.read import ReadSize, read
from backend.bench.report import BenchReport, show
from backend.bench.sizes import FullSize, sizes
from backend.bench.taking_in import SendingSize, accept, intake

CLIENTS: Final = (16, 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """How much is loaded for everything, and how long is measured."""

    rounds: int = 5
    seconds: float = 3.0
    patients: int = 100_000
    rows: int = 1_000_000
    """Of history, and due later, in the full hubs."""
    before: Path | None = None
    """A checkout of an older commit, whose import is measured beside this one's."""


async def whole_table(size: TableSize) -> list[BenchReport]:
    """Run every bench, and print what it measured; one that fails stops no other."""
    reports: list[BenchReport] = []
    for name, bench in _benches(size).items():
        try:
            done = await bench()
        except Exception as failure:  # noqa: BLE001  # one bench's bug must not lose the others' figures
            typer.echo(f"{name}: no figures, {type(failure).__name__} {failure}", err=True)
            continue
        for report in done:
            show(report)
        reports += done
    return reports


def _benches(size: TableSize) -> dict[str, Callable[[], Awaitable[list[BenchReport]]]]:
    """Give the benches by name, each with as many patients as it uses up."""
    half, some, few = size.patients // 2, size.patients // 6, size.patients // 10
    rounds, seconds, short = size.rounds, size.seconds, min(size.seconds, 2.0)
    events = SendingSize(patients=size.patients, rounds=rounds, seconds=seconds, clients=CLIENTS)
    bundles = SendingSize(patients=some, rounds=rounds, seconds=seconds)
    files = ImportSize(patients=max(few // 160, 1), rounds=min(rounds, 3), before=size.before)
    pages = ReadSize(patients=few, sessions=max(few // 10, 5), rounds=rounds, seconds=short)
    messages = DeliverySize(patients=half, rounds=rounds, seconds=seconds)
    at_once = SendingSize(patients=half, rounds=rounds, seconds=seconds)
    full = FullSize(
        rows=size.rows, patients=half, rounds=rounds, seconds=short, sessions=max(few // 20, 5),
        idle_seconds=seconds * 6,
    )  # fmt: skip
    return {
        "accept": lambda: _one(accept(events)),
        "intake": lambda: _one(intake(bundles)),
        "import": lambda: _one(import_folder(files)),
        "read": lambda: read(pages),
        "deliver": lambda: _one(deliver(messages)),
        "both": lambda: _one(both(at_once)),
        "sizes": lambda: sizes(full),
    }


async def _one(report: Awaitable[BenchReport]) -> list[BenchReport]:
    return [await report]
