"""Prints what a bench measured, line by line, and writes the same as JSON."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import msgspec
import typer

from backend.bench.client import Measurement
from backend.bench.goals import Judgement, judged, missed, not_measured
from backend.bench.processes import ProcessorTime
from backend.core.clock import now

WIDTH: Final = 34
TREE: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One kind of work: medians over the rounds."""

    name: str
    rate: float
    """Units of work a second."""
    p50: float
    p99: float
    """Milliseconds."""
    ratio: float
    """To the first line, the median of the ratios round by round."""
    cost: ProcessorTime
    """Microseconds for one unit of work."""


@dataclass(slots=True, kw_only=True)
class BenchReport:
    """What one bench measured."""

    name: str
    heading: str
    unit: str = "requests/s"
    beside: str = "of bare"
    lines: list[ReportLine] = field(default_factory=list)
    further: dict[str, float] = field(default_factory=dict)
    """Figures that stand in no line."""
    notes: list[str] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Give every figure by its name, as the goals know it."""
        found = {f"{self.name}.{name}": value for name, value in self.further.items()}
        for line in self.lines:
            found |= {f"{self.name}.{line.name}.{name}": value for name, value in _of(line)}
        return found

    def note_memory(self, megabytes: Mapping[str, float]) -> None:
        """Keep the most that was seen of each kind of process."""
        for kind, size in megabytes.items():
            name = f"{kind}_megabytes"
            self.further[name] = max(size, self.further.get(name, 0))


def compared(
    runs: Mapping[str, Sequence[Measurement]], *, by_latency: bool = False
) -> list[ReportLine]:
    """Give a line for each kind of work, beside the first one, round by round."""
    first, *_ = runs.values()
    return [
        ReportLine(
            name=name,
            rate=median(run.rate for run in measured),
            p50=median(run.p50 for run in measured),
            p99=median(run.p99 for run in measured),
            ratio=median(
                run.p50 / beside.p50 if by_latency else run.rate / beside.rate
                for run, beside in zip(measured, first, strict=True)
            ),
            cost=ProcessorTime(
                median(run.cost.api for run in measured),
                median(run.cost.worker for run in measured),
                median(run.cost.postgres for run in measured),
            ),
        )
        for name, measured in runs.items()
    ]


def ceiling_note(runs: Mapping[str, Sequence[Measurement]]) -> str:
    ceiling = min(median(run.ceiling for run in measured) for measured in runs.values())
    return f"The client itself could ask {ceiling:,.0f} times a second."


def conclude(reports: Sequence[BenchReport], json_file: Path | None) -> int:
    """Print the reports and each goal that is missed, write the JSON; give the exit code."""
    for report in reports:
        show(report)
    return 1 if _missed(_figures(reports), reports, json_file) else 0


def conclude_all(reports: Sequence[BenchReport], json_file: Path | None) -> int:
    """Print the table of goals, and each that is missed or was not measured; the same for JSON."""
    figures = _figures(reports)
    for line in table_of_goals(figures):
        typer.echo(line)
    is_whole = True
    for goal in not_measured(figures):
        typer.echo(f"NOT MEASURED {goal.work}")
        is_whole = False
    return 1 if _missed(figures, reports, json_file) or not is_whole else 0


def _figures(reports: Sequence[BenchReport]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for report in reports:
        figures |= report.figures()
    return figures


def _missed(
    figures: Mapping[str, float], reports: Sequence[BenchReport], json_file: Path | None
) -> list[Judgement]:
    failures = missed(figures)
    for failure in failures:
        typer.echo(f"MISSED {failure.line()}")
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(_told(reports, figures))))
    return failures


def _told(reports: Sequence[BenchReport], figures: Mapping[str, float]) -> dict[str, Any]:
    return {
        "commit": commit(),
        "at": now().isoformat(timespec="seconds"),
        "processors": os.cpu_count(),
        "reports": [
            {"name": report.name, "heading": report.heading, "unit": report.unit,
             "beside": report.beside, "notes": report.notes}
            for report in reports
        ],
        "figures": dict(figures),
        "missed": [failure.line() for failure in missed(figures)],
    }  # fmt: skip


def commit() -> str:
    """Name the commit of this tree, with a plus where files differ; nothing outside a checkout."""
    told = subprocess.run(
        ["git", "describe", "--always", "--abbrev=8", "--exclude=*", "--dirty=+"],  # noqa: S607  # where git lies differs
        cwd=TREE, check=False, capture_output=True, text=True,
    )  # fmt: skip
    return told.stdout.strip()


def table_of_goals(figures: Mapping[str, float]) -> Iterator[str]:
    """Give the lines of the table in docs/performance.md."""
    yield f"Commit {commit()}, {now():%Y-%m-%d}, {os.cpu_count()} processors."
    yield ""
    yield "| work | measured | goal | |"
    yield "|---|---|---|---|"
    for judgement in judged(figures):
        goal = judgement.goal
        is_met = "met" if judgement.is_met else "**missed**"
        yield f"| {goal.work} | {judgement.measured:.3g} | {goal.bound} {goal.value:g} | {is_met} |"


def _of(line: ReportLine) -> Iterator[tuple[str, float]]:
    yield from (("rate", line.rate), ("p50", line.p50), ("p99", line.p99), ("ratio", line.ratio))
    yield from (("api_us", line.cost.api), ("worker_us", line.cost.worker))
    yield "postgres_us", line.cost.postgres


def show(report: BenchReport) -> None:
    typer.echo(f"\n{report.heading}")
    if report.lines:
        typer.echo(
            f"{'':{WIDTH}}{report.unit:>13}{'p50 ms':>9}{'p99 ms':>9}{report.beside:>12}"
            f"{'API us':>9}{'worker us':>11}{'PostgreSQL us':>15}"
        )
    for line in report.lines:
        typer.echo(
            f"{line.name:{WIDTH}}{line.rate:13,.0f}{line.p50:9.1f}{line.p99:9.1f}{line.ratio:12.2f}"
            f"{line.cost.api:9,.0f}{line.cost.worker:11,.0f}{line.cost.postgres:15,.0f}"
        )
    for name, value in report.further.items():
        typer.echo(f"{name.replace('_', ' ')}: {value:,.3g}")
    for note in report.notes:
        typer.echo(note)
