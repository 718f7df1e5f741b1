"""`hub bench import`: measures `hub import` beside a script that inserts as many rows."""

import asyncio
import os
import resource
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import asyncpg
import msgspec

from backend.bench.bare.bare_import import ImportedBare
from backend.bench.client import Measurement
from backend.bench.goals import IMPORT_BEFORE
from backend.bench.loaded.at_rest import at_rest
from backend.bench.loaded.exported import write_export
from backend.bench.processes import ProcessorTime, processes_of, resident
from backend.bench.report import BenchReport, compared
from backend.core.subprocesses import output_of, start
from backend.sandbox.demo.engines import create_database
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub

BARE, OURS, BEFORE = "bare script", "hub import", "hub import of before"
LOOK_SECONDS: Final = 0.1
SOME_REFUSED: Final = 1
"""The exit code of an import that refused or left out something."""
ADD_FACILITY: Final = """
INSERT INTO facility (id, code, name, short_name) VALUES (uuidv7(), $1, 'Bệnh viện Đo', 'BV DO')
"""


class ImportFailed(Exception):
    """An import did not come to its end, or refused what this bench has made: its log says why."""


@dataclass(frozen=True, slots=True, order=True)
class TimedCommand:
    """What one command cost, from its start to its end."""

    seconds: float
    processor_seconds: float
    megabytes: float
    """The most that was seen."""
    code: int


@dataclass(frozen=True, slots=True)
class HubTree:
    """A checkout of the hub that can be run, and the database that it works on."""

    folder: Path | None
    """None for this one."""
    database: str


HERE: Final = HubTree(None, "hub")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSize:
    """What is imported, and how often."""

    patients: int
    """Of the folder that is made."""
    rounds: int
    folder: Path | None = None
    """Another folder of Bundles than the one that is made."""
    before: Path | None = None
    """A checkout of an older commit, set up: what its `hub import` costs in the same rounds."""


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
            kinds = await _kinds(imports, size.before)
            runs: dict[str, list[Measurement]] = {kind: [] for kind in kinds}
            for n in range(size.rounds + 1):
                for kind, measured in kinds.items():
                    run = await measured(n)
                    runs[kind] += [run] if n else []
                if n == 0:
                    await at_rest(hub.engines.database_url("postgres"))
    report.lines = compared(runs)
    report.further["times_before"] = _times_before(runs)
    report.note_memory({"import": imports.megabytes})
    report.notes.append(
        f"{resources:,} resources, median of {size.rounds} rounds on {os.cpu_count()} processors;"
        " API us is the time of the command itself."
    )
    if imports.refused and size.folder is None:
        raise ImportFailed(imports.refused)
    report.notes += [imports.refused] if imports.refused else []
    return report


async def _kinds(
    imports: "_Imports", before: Path | None
) -> dict[str, Callable[[int], Awaitable[Measurement]]]:
    """Give what is measured, in its order; an older tree gets a database of its own."""
    kinds: dict[str, Callable[[int], Awaitable[Measurement]]] = {
        BARE: imports.bare,
        OURS: partial(imports.by_hub, HERE),
    }
    if before is not None:
        older = HubTree(before, "before")
        await create_database(imports.hub.engines, older.database)
        migrated = await imports.run(older, ["migrate"], "postgres", "migrate-before")
        if migrated.code:
            raise ImportFailed("the older commit could not be set up")
        kinds[BEFORE] = partial(imports.by_hub, older)
    return kinds


def _times_before(runs: Mapping[str, Sequence[Measurement]]) -> float:
    """Give how many times faster than before: in this run, or by the ratio to the bare script."""
    if BEFORE in runs:
        return median(
            ours.rate / before.rate for ours, before in zip(runs[OURS], runs[BEFORE], strict=True)
        )
    return (
        median(ours.rate / bare.rate for ours, bare in zip(runs[OURS], runs[BARE], strict=True))
        / IMPORT_BEFORE
    )


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
    starts: dict[str, TimedCommand] = field(default_factory=dict)
    """The shortest start of each tree."""
    megabytes: float = 0.0
    refused: str = ""
    """What was said where the import refused or left out something."""

    async def bare(self, _: int) -> Measurement:
        environment = self._environment("postgres", HERE.database)
        spent = processes_of(self.hub).spent()
        printed = await output_of(["bench", "bare-import", str(self.folder)], environment)
        cost = processes_of(self.hub).spent().since(spent)
        imported = msgspec.json.decode(printed, type=ImportedBare)
        return self._measured(imported.seconds, imported.processor_seconds, cost)

    async def by_hub(self, tree: HubTree, n: int) -> Measurement:
        """Import what is nearly empty, and then the folder: the difference is its cost.

        The shortest start that was seen counts: a busy machine then makes no import faster.
        """
        start = await self._imported(tree, self.names, f"{78900 + n}")
        start = self.starts[tree.database] = min(start, self.starts.get(tree.database, start))
        spent = processes_of(self.hub).spent()
        timed = await self._imported(tree, self.folder, f"{79900 + n}")
        cost = processes_of(self.hub).spent().since(spent)
        self.megabytes = max(self.megabytes, timed.megabytes)
        seconds = max(timed.seconds - start.seconds, LOOK_SECONDS)
        return self._measured(seconds, timed.processor_seconds - start.processor_seconds, cost)

    async def _imported(self, tree: HubTree, folder: Path, code: str) -> TimedCommand:
        """Run `hub import` for a new facility.

        Raises:
            ImportFailed: it did not come to its end.
        """
        owner = await asyncpg.connect(self.hub.engines.database_url("postgres", tree.database))
        try:
            await owner.execute(ADD_FACILITY, code)
        finally:
            await owner.close()
        log = f"import-{tree.database}-{code}"
        command = ["import", str(folder), "--facility-code", code]
        timed = await self.run(tree, command, "hub_api", log)
        said = (self.hub.folder / f"{log}.log").read_text()[-1000:]
        if timed.code == SOME_REFUSED:
            self.refused = said
        elif timed.code:
            raise ImportFailed(said)
        return timed

    async def run(self, tree: HubTree, command: Sequence[str], role: str, log: str) -> TimedCommand:
        """Run a command of a tree to its end, on that tree's database."""
        environment = self._environment(role, tree.database)
        spent, begun, most = _of_children(), perf_counter(), 0.0
        process = await start(
            command, environment, log=self.hub.folder / f"{log}.log", tree=tree.folder
        )
        ended = asyncio.create_task(process.wait())
        while not ended.done():
            most = max(most, resident(process.pid))
            await asyncio.wait({ended}, timeout=LOOK_SECONDS)
        return TimedCommand(perf_counter() - begun, _of_children() - spent, most, ended.result())

    def _environment(self, role: str, database: str) -> dict[str, str]:
        engines = self.hub.engines
        return self.hub.environment | {
            "HUB_DATABASE_URL": engines.database_url(role, database),
            "HUB_DATABASE_OWNER_URL": engines.database_url("postgres", database),
        }

    def _measured(self, seconds: float, spent: float, cost: ProcessorTime) -> Measurement:
        took = seconds / self.resources * 1000
        return Measurement(
            rate=self.resources / seconds, p50=took, p99=took, ceiling=0.0, count=self.resources,
            cut_short=False,
            cost=ProcessorTime(api=spent, postgres=cost.postgres).for_each_of(self.resources),
        )  # fmt: skip


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
