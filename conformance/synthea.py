"""Imports twelve whole records by `hub import`, and lets the patients read them back.

Exits 1 when anything was refused, lost or changed on its way, when a second import changed a row,
and when a record that points to somebody else's is taken.

python -m conformance.synthea [FOLDER]      (../shared/data/synthea_r4 unless told)
"""

import asyncio
import sys
from collections import Counter
from http import HTTPStatus
from pathlib import Path

from rich.console import Console
from rich.table import Table
from typer import echo

from conformance.importing import imported
from conformance.material import end_with, folder_told
from conformance.reading_back import Reader, chart_of, slip_for
from conformance.running import RunningHub, running_hub
from conformance.stored import MAY_GROW, changes, stored
from conformance.whole_records import (
    KINDS,
    Measured,
    WholeRecord,
    measured_in,
    shown_of,
    whole_records,
    with_one_reference_to,
)

FACILITY = "01001"


async def check(folder: Path) -> list[str]:
    records = whole_records(folder)
    async with running_hub() as hub:
        key = await hub.facility(FACILITY)
        wrong = await imported(folder, FACILITY)
        once = await stored(hub.owner)
        counted = await _counted(hub)
        wrong += await _differences(hub, records)
        wrong += await imported(folder, FACILITY)
        wrong += changes("a second import", once, await stored(hub.owner), MAY_GROW)
        wrong += await _mixed(hub, key, folder, records)
        read, living = await _read_back(hub, records, wrong)
    _tell(records, counted, read, living)
    expected = {kind: sum(each.count(kind) for each in records) for kind in KINDS}
    return wrong + [
        f"{kind}: {expected[kind]} in the files, {counted[kind]} stored"
        for kind in KINDS
        if expected[kind] != counted[kind]
    ]


async def _counted(hub: RunningHub) -> dict[str, int]:
    return {
        kind: int(await hub.owner.fetchval(f'SELECT count(*) FROM "{table}"'))
        for kind, (table, _) in KINDS.items()
    }


async def _differences(hub: RunningHub, records: list[WholeRecord]) -> list[str]:
    """Hold every stored Observation against its file: value by value, digit by digit."""
    wrong, said = list[str](), list[Measured]()
    for each in records:
        chart = await chart_of(hub, FACILITY, each.patient)
        rows = await hub.owner.fetch("SELECT body FROM observation WHERE patient = $1", chart)
        kept, sent = Counter(shown_of(row["body"]) for row in rows), Counter(measured_in(each))
        wrong += [f"{each.name}: lost {one}" for one in (sent - kept).elements()]
        wrong += [f"{each.name}: not in the file {one}" for one in (kept - sent).elements()]
        said += sent.elements()
    values = sum(len(each.values) for each in said)
    echo(f"{len(said)} observations with {values} values, {len(wrong)} differ from the files")
    return wrong


async def _mixed(hub: RunningHub, key: str, folder: Path, records: list[WholeRecord]) -> list[str]:
    """Send each record again with one reference to another patient: all of it is refused."""
    wrong, before = [], await stored(hub.owner)
    for n, (text, record) in enumerate(zip(_texts(folder), records, strict=True)):
        body = with_one_reference_to(records[n - 1], text, record)
        answer = await hub.sends(key, "/fhir/R4", body)
        if answer.status != HTTPStatus.UNPROCESSABLE_ENTITY or not answer.issues:
            wrong.append(f"{record.name}: {answer.status} with somebody else's record in it")
    echo(f"{len(records)} records with one reference to somebody else, {len(wrong)} taken")
    return wrong + changes("a mixed record", before, await stored(hub.owner))


def _texts(folder: Path) -> list[str]:
    """Read the files about patients; those of doctors and departments begin with a line."""
    files = sorted(folder.glob("*.json"))
    return [file.read_text("utf-8") for file in files if not file.name.startswith("_")]


async def _read_back(
    hub: RunningHub, records: list[WholeRecord], wrong: list[str]
) -> tuple[dict[str, int], list[WholeRecord]]:
    """Let everybody sign in with a slip and read all of it; nobody does it for the dead."""
    read, living = dict.fromkeys(KINDS, 0), []
    for n, record in enumerate(records):
        slip = await slip_for(await chart_of(hub, FACILITY, record.patient))
        reader = await Reader.with_slip(hub, slip, n)
        if record.is_dead != (reader is None):
            wrong.append(f"{record.name}: let in though dead, or not although alive")
        if reader is None:
            continue
        living.append(record)
        everything = await reader.reads_everything()
        for kind in KINDS:
            found = len(everything.items[kind])
            read[kind] += found
            if found != record.count(kind):
                wrong.append(f"{record.name}: {record.count(kind)} {kind}, {found} read")
        wrong += [f"{record.name}: {each}" for each in everything.differs_from(record)]
    return read, living


def _tell(
    records: list[WholeRecord], counted: dict[str, int], read: dict[str, int],
    living: list[WholeRecord],
) -> None:  # fmt: skip
    table = Table("kind", "in the files", "stored", "of the living", "read by them")
    for kind in KINDS:
        total, theirs = (sum(each.count(kind) for each in some) for some in (records, living))
        table.add_row(kind, *map(str, (total, counted[kind], theirs, read[kind])))
    Console().print(table)
    echo(f"{len(records)} patients, {len(living)} signed in with a slip and read; "
         f"{len(records) - len(living)} have died, and their slips open nothing")  # fmt: skip


def main() -> None:
    wrong = asyncio.run(check(folder_told(sys.argv[1:], "synthea_r4")))
    end_with(wrong)


if __name__ == "__main__":
    main()
