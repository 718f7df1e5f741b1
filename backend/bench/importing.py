"""`hub bench import`: measures `hub import` beside a script that inserts as many rows."""

import asyncio
import os
import resource
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg
import msgspec

from backend.bench.bare.bare_import import ImportedBare
from backend.bench.client import Measurement
from backend.bench.loaded.at_rest import at_rest
from backend.bench.loaded.exported import write_export
from backend.bench.processes import ProcessorTime, processes_of, resident
from backend.bench.report import BenchReport, compared
from backend.core.subprocesses import output_of, start
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub

BARE, OURS = "bare script", "hub import"
LOOK_SECONDS: Final = 0.1
SOME_REFUSED: Final = 1
"""The exit code of an import that refused or left out something."""
ADD_FACILITY: Final = """
INSERT INTO facility (id, code, name, short_name) VALUES (uuidv7(), $1, 'Bệnh viện Đo', 'BV DO')
"""


class ImportFailed(Exception):
    """An import did not come to its end, or refused what this bench has made: its log says why."""


@dataclass(frozen=True, slots=True)
class TimedCommand:
    """What one command cost, from its start to its end."""

    seconds: float
    processor_seconds: float
    megabytes: float
    """The most that was seen."""
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSize:
    """What is imported, and how often."""

    patients: int
    """Of the folder that is made."""
    rounds: int
    folder: Path | None = None
    """Another folder of Bundles than the one that is made."""


async def import_folder(size: ImportSize) -> BenchReport:
    """Import the folder for one new facility after the other, so that all of it is new to each.

    What the command needs to start, and for a folder with two names, does not count.

    Raises:
        ImportFailed: an import did not come to its end.
    """
    report = BenchReport(
        name="import", unit="resources/s",
        heading="Import of a folder of Bundles, beside a script that inserts a row for each",
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="patient-hub-bench-") as name:
        folder = size.folder or Path(name) / "export"
        if size.folder is None:
            write_export(folder, size.patients)
        write_export(Path(name) / "names", 0)
        resources = resources_in(folder)
        async with whole_hub(Path(name) / "hub", apis=0, workers=0) as hub:
            imports = _Imports(hub, folder, Path(name) / "names", resources)
            runs: dict[str, list[Measurement]] = {BARE: [], OURS: []}
            for n in range(size.rounds + 1):
                measured = {BARE: await imports.bare(), OURS: await imports.ours(n)}
                for kind, run in measured.items():
                    runs[kind] += [run] if n else []
                if n == 0:
                    await at_rest(hub.engines.database_url("postgres"))
    report.lines = compared(runs)
    report.note_memory({"import": imports.megabytes})
    report.notes.append(
        f"{resources:,} resources, median of {size.rounds} rounds on {os.cpu_count()} processors;"
        " API us is the time of the command itself."
    )
    if imports.refused and size.folder is None:
        raise ImportFailed(imports.refused)
    report.notes += [imports.refused] if imports.refused else []
    return report


def resources_in(folder: Path) -> int:
    """Count the resources of all Bundles of a folder."""
    files = folder.glob("*.json")
    return sum(len(msgspec.json.decode(file.read_bytes()).get("entry", ())) for file in files)


@dataclass(slots=True)
class _Imports:
    """Imports of one folder, by the hub and by the bare script."""

    hub: WholeHub
    folder: Path
    names: Path
    """A folder with two names and nobody: what it takes is the start of the command."""
    resources: int
    megabytes: float = 0.0
    refused: str = ""
    """What was said where the import refused or left out something."""

    async def bare(self) -> Measurement:
        environment = self._environment("postgres")
        spent = processes_of(self.hub).spent()
        printed = await output_of(["bench", "bare-import", str(self.folder)], environment)
        cost = processes_of(self.hub).spent().since(spent)
        imported = msgspec.json.decode(printed, type=ImportedBare)
        return self._measured(imported.seconds, imported.processor_seconds, cost)

    async def ours(self, n: int) -> Measurement:
        start = await self._command(self.names, f"{78900 + n}")
        spent = processes_of(self.hub).spent()
        timed = await self._command(self.folder, f"{79900 + n}")
        cost = processes_of(self.hub).spent().since(spent)
        self.megabytes = max(self.megabytes, timed.megabytes)
        seconds = max(timed.seconds - start.seconds, LOOK_SECONDS)
        return self._measured(seconds, timed.processor_seconds - start.processor_seconds, cost)

    async def _command(self, folder: Path, code: str) -> TimedCommand:
        """Run `hub import` for a new facility.

        Raises:
            ImportFailed: it did not come to its end.
        """
        await _add_facility(self.hub, code)
        log = self.hub.folder / f"import-{code}.log"
        timed = await _timed(
            ["import", str(folder), "--facility-code", code], self._environment("hub_api"), log
        )
        if timed.code == SOME_REFUSED:
            self.refused = log.read_text()[-1000:]
        elif timed.code:
            raise ImportFailed(log.read_text()[-1000:])
        return timed

    def _environment(self, role: str) -> dict[str, str]:
        return self.hub.environment | {"HUB_DATABASE_URL": self.hub.engines.database_url(role)}

    def _measured(self, seconds: float, spent: float, cost: ProcessorTime) -> Measurement:
        took = seconds / self.resources * 1000
        return Measurement(
            rate=self.resources / seconds, p50=took, p99=took, ceiling=0.0, count=self.resources,
            cut_short=False,
            cost=ProcessorTime(api=spent, postgres=cost.postgres).for_each_of(self.resources),
        )  # fmt: skip


async def _timed(command: Sequence[str], environment: Mapping[str, str], log: Path) -> TimedCommand:
    spent, begun, most = _of_children(), perf_counter(), 0.0
    process = await start(command, environment, log=log)
    ended = asyncio.create_task(process.wait())
    while not ended.done():
        most = max(most, resident(process.pid))
        await asyncio.wait({ended}, timeout=LOOK_SECONDS)
    return TimedCommand(perf_counter() - begun, _of_children() - spent, most, ended.result())


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _add_facility(hub: WholeHub, code: str) -> None:
    owner = await asyncpg.connect(hub.engines.database_url("postgres"))
    try:
        await owner.execute(ADD_FACILITY, code)
    finally:
        await owner.close()
