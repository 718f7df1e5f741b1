"""Imports Synthea as a bulk export: one file of lines for each type of resource, in one run.

Exits 1 when a line was refused, when a second run changed a row, and when a patient reads anything
else than after the import of the whole Bundles.

python -m conformance.bulk_export [FOLDER]      (../shared/data/synthea_r4 unless told)
"""

import asyncio
import json
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from typer import echo

from conformance.importing import imported
from conformance.material import end_with, folder_told
from conformance.reading_back import Reader, chart_of
from conformance.running import RunningHub, encoded, running_hub
from conformance.same_record import comparable, differences
from conformance.stored import MAY_GROW, changes, stored
from conformance.whole_records import WholeRecord, whole_records

WHOLE, BY_KIND = "01001", "01002"
Resource = dict[str, Any]


async def check(folder: Path) -> list[str]:
    records = whole_records(folder)
    with TemporaryDirectory(prefix="hub-export-") as exported:
        lines = export(folder, Path(exported))
        async with running_hub() as hub:
            await hub.another_facility(WHOLE)
            await hub.another_facility(BY_KIND)
            wrong = await imported(folder, WHOLE)
            wrong += await imported(Path(exported), BY_KIND)
            once = await stored(hub.owner)
            wrong += await imported(Path(exported), BY_KIND)
            wrong += changes("a second import", once, await stored(hub.owner), MAY_GROW)
            wrong += await _compare(hub, records)
    echo(f"{sum(lines.values())} lines in {len(lines)} files, {len(wrong)} wrong")
    return wrong


def export(bundles: Path, into: Path) -> Counter[str]:
    """Write each resource once, as a line of the file of its type, as a bulk export does."""
    found = resources_in(bundles)
    for resource in found:
        with (into / f"{resource['resourceType']}.ndjson").open("ab") as lines:
            lines.write(encoded(resource) + b"\n")
    return Counter(each["resourceType"] for each in found)


def resources_in(bundles: Path) -> list[Resource]:
    """Give each resource of the Bundles once; they name each other by type and id."""
    found = dict[tuple[str, str], Resource]()
    for file in sorted(bundles.glob("*.json")):
        entries = json.loads(file.read_text("utf-8"), parse_float=Decimal)["entry"]
        names = {
            each["fullUrl"]: f"{each['resource']['resourceType']}/{each['resource']['id']}"
            for each in entries
        }
        for each in entries:
            resource = with_names(each["resource"], names)
            found[resource["resourceType"], resource["id"]] = resource
    return list(found.values())


def with_names(value: Any, names: dict[str, str]) -> Any:
    """Let references name what they point to by type and id, not by its place in a Bundle."""
    if isinstance(value, list):
        return [with_names(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    plain = {name: with_names(each, names) for name, each in value.items()}
    if isinstance(value.get("reference"), str):
        plain["reference"] = names.get(value["reference"], value["reference"])
    return plain


async def _compare(hub: RunningHub, records: list[WholeRecord]) -> list[str]:
    wrong = []
    for n, record in enumerate(record for record in records if not record.is_dead):
        whole, by_kind = [
            comparable(await (await Reader.of_chart(hub, chart, 2 * n + place)).syncs())
            for place, code in enumerate((WHOLE, BY_KIND))
            for chart in [await chart_of(hub, code, record.patient)]
        ]
        wrong += differences(record.name, whole, by_kind)
    return wrong


def main() -> None:
    end_with(asyncio.run(check(folder_told(sys.argv[1:], "synthea_r4"))))


if __name__ == "__main__":
    main()
