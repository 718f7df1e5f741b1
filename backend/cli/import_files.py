"""`hub import`: shows progress, the result for each kind, and every refused file."""

from pathlib import Path

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backend.auth.facilities.facilities import facility_by_code, only_facility
from backend.cli.context import in_database
from backend.intake.bulk_import import Summary, files_in, import_files, pieces_of

COLUMNS = ("created", "updated", "unchanged", "not shown")


def run_import(path: Path, facility_code: str) -> int:
    """Import a folder and print the result; give exit code 1 if anything was refused."""
    summary = in_database(lambda: _imported(path, facility_code))
    _tell(summary)
    return 1 if summary.refused else 0


async def _imported(path: Path, facility_code: str) -> Summary:
    facility = await (facility_by_code(facility_code) if facility_code else only_facility())
    files = files_in(path)
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("importing", total=sum(1 for file in files for _ in pieces_of(file)))
        return await import_files(files, facility, lambda _: bar.advance(task))


def _tell(summary: Summary) -> None:
    table = Table("kind", *COLUMNS)
    for kind, became in sorted(summary.kinds.items()):
        table.add_row(kind, *(str(became[column]) for column in COLUMNS))
    console = Console()
    console.print(table)
    console.print(f"{summary.pieces} messages, {len(summary.refused)} refused")
    for line in summary.refused:
        typer.echo(f"refused: {line}", err=True)
