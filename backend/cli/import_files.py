"""`hub import`: shows progress, the result for each kind, and every refused file."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from backend.auth.facilities.facilities import facility_by_code, only_facility
from backend.cli.context import in_database
from backend.intake.bulk_import import Summary, Watcher, import_files
from backend.intake.import_sources import Piece, Sources, files_in

COLUMNS: Final = ("created", "updated", "unchanged", "waiting", "not shown")
ALL_TAKEN: Final = 0
SOME_REFUSED: Final = 1
STOPPED: Final = 128 + signal.SIGINT
"""As a shell says of a command that Ctrl-C ended."""


def run_import(path: Path, facility_code: str) -> int:
    """Import a folder and print the result.

    Gives 0 when everything was taken in, 1 when something was refused or left out, and 130 when
    Ctrl-C ended it.
    """
    sources, summary = in_database(lambda: _imported(path, facility_code))
    _tell(summary, sources)
    if summary.stopped:
        return STOPPED
    return SOME_REFUSED if summary.refused or sources.left_out else ALL_TAKEN


async def _imported(path: Path, facility_code: str) -> tuple[Sources, Summary]:
    facility = await (facility_by_code(facility_code) if facility_code else only_facility())
    sources = files_in(path)
    for file in sources.left_out:
        typer.echo(
            f"left out: {file.name}: no .json, .ndjson or .jsonl file, nor .gz of one", err=True
        )
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
        _Pieces(), TimeRemainingColumn(), console=Console(stderr=True),
    )  # fmt: skip
    with bar, _stopped_by_ctrl_c() as stop:
        task = bar.add_task("", total=sources.size, pieces=0)

        def done(piece: Piece) -> None:
            file, pieces = piece.name.partition(":")[0], bar.tasks[task].fields["pieces"] + 1
            bar.update(task, advance=piece.size, description=file, pieces=pieces)

        def refused(line: str) -> None:
            bar.console.print(f"refused: {line}", markup=False, highlight=False, soft_wrap=True)

        watcher = Watcher(done=done, refused=refused, stop=stop)
        return sources, await import_files(sources.files, facility, watcher)


class _Pieces(ProgressColumn):
    """How many resources or Bundles were taken in, and how many a second."""

    def render(self, task: Task) -> Text:
        pieces, seconds = task.fields["pieces"], task.elapsed or 0
        rate = f"{pieces / seconds:,.0f}/s" if seconds else ""
        return Text(f"{pieces:,} lines {rate}")


@contextmanager
def _stopped_by_ctrl_c() -> Iterator[asyncio.Event]:
    """Let the first Ctrl-C end the import after the piece in hand, the second one at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def asked() -> None:
        stop.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGINT, asked)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _tell(summary: Summary, sources: Sources) -> None:
    table = Table("kind", *COLUMNS)
    for kind, became in sorted(summary.kinds.items()):
        table.add_row(kind, *(str(became[column]) for column in COLUMNS))
    console = Console()
    console.print(table)
    console.print(
        f"{summary.pieces} messages, {summary.refused} refused,"
        f" {len(sources.left_out)} files left out"
    )
    if summary.stopped:
        console.print("stopped: run it again, and it goes on where it was")
