"""Compares whole records, as patients read them back, leaf by leaf with what was sent.

Exits 1 when docs/what_is_shown.md does not name an element that no patient saw, when it calls
shown what nobody saw, or not shown what everybody saw, and when a record cannot be read at all.

python -m conformance.what_is_shown [FOLDER]      (../shared/data unless told)
"""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from typer import echo

from backend.core.crypto.name_hashes import hash_name
from backend.records.kinds import KINDS
from conformance.bulk_export import resources_in
from conformance.fhir_examples import ACCEPTED
from conformance.importing import imported
from conformance.leaves import Read, leaves
from conformance.material import end_with, folder_told
from conformance.reading_back import Reader
from conformance.running import RunningHub, encoded, running_hub
from conformance.shown_table import Page, Row, read_page
from conformance.single_puts import references_of

Resource = dict[str, Any]
OFFICIAL, SYNTHEA = "01001", "01002"
_NAMING = (
    "name",
    "code",
    "type",
    "description",
    "title",
    "deviceName",
    "medicationCodeableConcept",
)
"""Elements that say what a resource is, where another refers to it."""
_NO_NAME = {"code.coding.system", "type.coding.system", "name.use", "deviceName.type"}
KEPT = {kind.fhir for kind in KINDS} | {"Patient"}
"""Kinds of which a patient reads each by itself."""
ENOUGH = 3
"""Leaves; fewer may stand elsewhere in a record by chance."""
_TAKEN_BACK = {"entered-in-error", "cancelled"}


@dataclass(slots=True)
class Seen:
    """How often an element was sent, and how often its patient read it."""

    sent: int = 0
    shown: int = 0
    alone: int = 0
    """How often in a resource that no record refers to."""
    unseen: str = ""
    """What one of them said that nobody saw."""


@dataclass(slots=True)
class Reading:
    """All that the patients of one hospital read."""

    records: dict[str, Any]
    """By the hub's id."""
    profiles: list[Any]
    ids: dict[tuple[str, str], str]
    """Kind and hashed name of the sender -> the hub's id."""
    facility: UUID

    def of(self, resource: Resource) -> Any:
        """Give what its patient reads of a resource; None where there is nothing."""
        kind = resource["resourceType"]
        name = hash_name(self.facility, kind, resource["id"])
        return self.records.get(self.ids.get((kind, name), ""))


@dataclass(slots=True)
class Compared:
    elements: dict[tuple[str, str], Seen] = field(
        default_factory=lambda: defaultdict[tuple[str, str], Seen](Seen)
    )
    without_a_record: list[str] = field(default_factory=list)

    def note_alone(self, resource: Resource) -> None:
        """Only remember the elements of what no record refers to: nobody can see it."""
        for path, _ in leaves(resource):
            self.elements[resource["resourceType"], path].alone += 1

    def note(self, resource: Resource, read: Read, names: dict[str, Resource]) -> None:
        inside = {f"#{each.get('id')}": each for each in resource.get("contained", [])}
        for path, value in leaves(resource):
            seen = self.elements[resource["resourceType"], path]
            seen.sent += 1
            if any(read.has(each) for each in _said(path, value, names | inside)):
                seen.shown += 1
            else:
                seen.unseen = seen.unseen or str(value)[:60]


def _said(path: str, value: Any, names: dict[str, Resource]) -> Iterator[Any]:
    """Give what may be looked for: of a reference, the words of what it leads to."""
    if not path.endswith("reference") or str(value) not in names:
        yield value
        return
    target = names[value]
    for name in _NAMING:
        yield from (
            word for _, word in leaves(target.get(name)) if not str(word).startswith("http")
        )


async def check(data: Path) -> list[str]:
    page, compared = read_page(), Compared()
    official = _official(data / "fhir_r4_examples" / "official")
    synthea = resources_in(data / "synthea_r4")
    async with running_hub() as hub:
        key = await hub.another_facility(OFFICIAL)
        taken = await _put(hub, key, official)
        await hub.another_facility(SYNTHEA)
        wrong = await imported(data / "synthea_r4", SYNTHEA)
        for code, sent in ((OFFICIAL, taken), (SYNTHEA, synthea)):
            _compare(await _read(hub, code), sent, compared)
    wrong += compared.without_a_record
    wrong += list(_against(page, compared))
    _tell(page, compared)
    return wrong


def _official(folder: Path) -> list[Resource]:
    files = [
        json.loads(file.read_text("utf-8"), parse_float=Decimal)
        for file in sorted(folder.glob("*.json"))
    ]
    found = [each for each in files if each["resourceType"] != "Bundle"]
    return sorted(found, key=lambda each: each["resourceType"] != "Patient")


async def _put(hub: RunningHub, key: str, resources: list[Resource]) -> list[Resource]:
    """PUT all, and what was refused once more, as long as more is taken; give what was."""
    taken, waiting = list[Resource](), resources
    while waiting:
        refused = list[Resource]()
        for each in waiting:
            address = f"/fhir/R4/{each['resourceType']}/{each['id']}"
            answer = await hub.sends(key, address, encoded(each), method="PUT")
            (taken if answer.status in ACCEPTED else refused).append(each)
        if len(refused) == len(waiting):
            break
        waiting = refused
    echo(f"{len(taken)} of {len(resources)} official examples were taken")
    return taken


async def _read(hub: RunningHub, code: str) -> Reading:
    facility = await hub.owner.fetchval("SELECT id FROM facility WHERE code = $1", code)
    charts = await hub.owner.fetch(
        "SELECT id FROM patient WHERE facility = $1 AND deceased_at IS NULL", facility
    )
    reading = Reading({}, [], {}, facility)
    for n, chart in enumerate(charts):
        reader = await Reader.of_chart(hub, chart["id"], int(code) + n)
        reading.profiles.append(await reader.get(""))
        synced = await reader.syncs()
        reading.records |= {each["id"]: each["record"] for each in synced if "record" in each}
    for kind in KINDS:
        rows = await hub.owner.fetch(
            f'SELECT id, local_id FROM "{kind.table}" WHERE facility = $1 AND patient = ANY($2)',
            facility,
            [chart["id"] for chart in charts],
        )
        reading.ids |= {(kind.fhir, row["local_id"]): str(row["id"]) for row in rows}
    return reading


def _compare(reading: Reading, sent: Iterable[Resource], compared: Compared) -> None:
    sent = list(sent)
    names = {f"{each['resourceType']}/{each['id']}": each for each in sent}
    referred = {
        name for each in sent if each["resourceType"] in KEPT for name in references_of(each)
    }
    everything = Read(reading.records.values())
    profiles = Read(reading.profiles)
    for resource in sent:
        kind = resource["resourceType"]
        if kind == "Patient":
            compared.note(resource, profiles, names)
        elif kind not in KEPT and f"{kind}/{resource['id']}" not in referred:
            compared.note_alone(resource)
        elif kind not in KEPT:
            compared.note(resource, everything, names)
        elif (record := reading.of(resource)) is not None:
            compared.note(resource, Read([record]), names)
        elif _has_a_reader(reading, resource):
            compared.without_a_record.append(f"{kind}/{resource['id']} cannot be read")


def _has_a_reader(reading: Reading, resource: Resource) -> bool:
    """Tell whether it should be there: not for the dead, nor what was entered in error."""
    name = hash_name(reading.facility, resource["resourceType"], resource["id"])
    in_error = any(
        value in _TAKEN_BACK
        for path, value in leaves(resource)
        if path in {"status", "docStatus", "verificationStatus.coding.code"}
    )
    return not in_error and (resource["resourceType"], name) in reading.ids


def _against(page: Page, compared: Compared) -> Iterator[str]:
    """Hold the page against what was seen, in both directions."""
    for (kind, path), seen in sorted(compared.elements.items()):
        row = page.row_of(kind, path)
        if row is None:
            yield f"{kind}: `{path}` {seen.shown} of {seen.sent} shown, not named: {seen.unseen}"
        elif row.shown and seen.sent and not seen.shown:
            yield f"{kind}: `{path}` is called shown, and none of {seen.sent} was: {seen.unseen}"
        elif not row.shown and kind in KEPT and _always(row, page, compared):
            yield f"{kind}: `{path}` is called not shown, and every one was"


def _always(row: Row, page: Page, compared: Compared) -> bool:
    meant = [
        seen
        for (kind, path), seen in compared.elements.items()
        if kind == row.kind and page.row_of(kind, path) is row
    ]
    by_chance = sum(seen.sent for seen in meant) < ENOUGH
    return not by_chance and all(seen.shown == seen.sent for seen in meant)


def _tell(page: Page, compared: Compared) -> None:
    sent = sum(seen.sent for seen in compared.elements.values())
    shown = sum(seen.shown for seen in compared.elements.values())
    alone = sum(seen.alone for seen in compared.elements.values())
    for (kind, path), seen in sorted(compared.elements.items()):
        row = page.row_of(kind, path)
        if row and row.shown and 0 < seen.shown < seen.sent and kind in KEPT:
            echo(f"partly: {kind} `{path}` {seen.shown} of {seen.sent}; not {seen.unseen}")
    met = {page.row_of(kind, path) for kind, path in compared.elements}
    echo(
        f"{sent + alone} leaves of {len(compared.elements)} elements: {shown} were read back as"
        f" sent, {sent - shown} not; {alone} are of resources that no record refers to;"
        f" {len(page.rows)} rows in the page, {len(set(page.rows) - met)} of them on what"
        " nobody sent"
    )


def main() -> None:
    end_with(asyncio.run(check(folder_told(sys.argv[1:], "."))))


if __name__ == "__main__":
    main()
