"""Sends every official example in a Bundle, and then as single PUTs in five random orders.

The Patient goes first, and everything else in any order. Exits 1 when a PUT is refused although the
Bundle was taken, and when a patient reads anything else than after the Bundle.

python -m conformance.single_puts [FOLDER]      (../shared/data/fhir_r4_examples unless told)
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from typer import echo

from conformance.bulk_export import with_names
from conformance.fhir_examples import ACCEPTED
from conformance.material import end_with, folder_told
from conformance.reading_back import Reader
from conformance.running import Answer, RunningHub, encoded, running_hub
from conformance.same_record import comparable, differences

Resource = dict[str, Any]
ORDERS = 5
_ENTRY = "Bundle.entry["


@dataclass(frozen=True, slots=True)
class Story:
    """What one Bundle says: its bytes, and the same as resources under their ids."""

    name: str
    whole: bytes
    apart: list[Resource]
    strangers: list[Resource] = field(default_factory=list)
    """Patients that it refers to and does not contain; they come before it."""


@dataclass(slots=True)
class Told:
    """What became of the stories."""

    taken: int = 0
    sent: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def stories(folder: Path) -> list[Story]:
    """Make a Bundle of the examples about each patient, and take those that are Bundles as such."""
    found = [
        json.loads(file.read_text("utf-8"), parse_float=Decimal)
        for file in sorted(folder.glob("*.json"))
    ]
    by_name = {name_of(each): each for each in found}
    people = {name: each for name, each in by_name.items() if each["resourceType"] == "Patient"}
    about = [
        [each for each in found if each["resourceType"] != "Bundle" and patients_in(each) == {name}]
        for name in people
    ]
    grouped = [
        _of_one(person, _with_parties(theirs, by_name))
        for person, theirs in zip(people.values(), about, strict=True)
    ]
    bundles = [each for each in found if each["resourceType"] == "Bundle" and each.get("entry")]
    return grouped + [_as_itself(each, people) for each in bundles]


def name_of(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def references_of(value: Any) -> Iterator[str]:
    """Give what every reference in it says."""
    parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    if isinstance(value, dict) and isinstance(value.get("reference"), str):
        yield value["reference"]
    for each in parts:
        yield from references_of(each)


def patients_in(resource: Resource) -> set[str]:
    """Give the Patients that it is about; a Patient is about itself."""
    if resource["resourceType"] == "Patient":
        return {name_of(resource)}
    return {each for each in references_of(resource) if each.startswith("Patient/")}


def _with_parties(theirs: list[Resource], by_name: dict[str, Resource]) -> list[Resource]:
    """Add what they refer to that is about nobody: doctors, departments, medicines."""
    found = {name_of(each): each for each in theirs}
    queue = list(theirs)
    while queue:
        for name in references_of(queue.pop()):
            other = by_name.get(name)
            if other is not None and name not in found and not patients_in(other):
                found[name] = other
                queue.append(other)
    return list(found.values())


def _of_one(person: Resource, resources: list[Resource]) -> Story:
    apart = [person, *(each for each in resources if each is not person)]
    return Story(f"about {name_of(person)}", _transaction(apart), apart)


def _transaction(resources: Sequence[Resource]) -> bytes:
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": name_of(each)}} for each in resources
    ]
    return encoded({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def _as_itself(bundle: Resource, people: dict[str, Resource]) -> Story:
    named, names = list[Resource](), dict[str, str]()
    for n, entry in enumerate(bundle["entry"]):
        if "resource" in entry:
            resource = {"id": f"entry-{n}"} | entry["resource"]
            named.append(resource)
            names[entry.get("fullUrl", "")] = name_of(resource)
    apart = {name_of(each): with_names(each, names) for each in reversed(named)}
    strangers = [
        people[name]
        for name in sorted({one for each in apart.values() for one in references_of(each)})
        if name in people and name not in apart
    ]
    in_order = sorted(apart.values(), key=lambda each: each["resourceType"] != "Patient")
    return Story(f"Bundle/{bundle['id']}", encoded(bundle), in_order, strangers)


async def check(folder: Path) -> list[str]:
    told, codes = Told(), map("{:05}".format, count(20000))
    found = stories(folder)
    async with running_hub() as hub:
        for story in found:
            await _tell(hub, story, told, codes)
    echo(
        f"{told.taken} of {len(found)} Bundles were taken, and sent again in {ORDERS} orders:"
        f" {told.sent} single PUTs, {len(told.wrong)} wrong"
    )
    for why, times in told.refused.most_common():
        echo(f"  {times:4}  a Bundle, or a part of it: {why}")
    return told.wrong


async def _tell(hub: RunningHub, story: Story, told: Told, codes: Iterator[str]) -> None:
    """Send one story whole and apart, each time to a hospital of its own."""
    code = next(codes)
    key = await hub.another_facility(code)
    await _put(hub, key, story.strangers)
    story = await _as_far_as_taken(hub, key, story, told)
    if not story.apart:
        return
    told.taken += 1
    expected = await _read(hub, code)
    for order in range(ORDERS):
        code = next(codes)
        key = await hub.another_facility(code)
        people = [each for each in story.apart if each["resourceType"] == "Patient"]
        others = [each for each in story.apart if each["resourceType"] != "Patient"]
        others.sort(key=lambda each: sha256(f"{order} {name_of(each)}".encode()).digest())
        who = f"{story.name}, order {order}"
        refused = await _put(hub, key, [*story.strangers, *people, *others])
        told.sent += len(people) + len(others)
        told.wrong += [f"{who}: {each}" for each in refused]
        told.wrong += differences(who, expected, await _read(hub, code))


async def _as_far_as_taken(hub: RunningHub, key: str, story: Story, told: Told) -> Story:
    """Send the Bundle; where entries of ours are refused, send it again without them."""
    while story.apart:
        answer = await hub.sends(key, "/fhir/R4", story.whole)
        faulty = _faulty(answer)
        told.refused.update(_why(answer))
        if answer.status in ACCEPTED and not faulty:
            return story
        if not story.name.startswith("about") or not faulty:
            return Story(story.name, b"", [])
        kept = [each for n, each in enumerate(story.apart) if n not in faulty]
        story = Story(story.name, _transaction(kept), kept)
    return story


def _faulty(answer: Answer) -> set[int]:
    """Give the numbers of the entries that are refused, of a batch too."""
    places = [place for each in answer.issues for place in each.get("expression", [])]
    found = {int(each.removeprefix(_ENTRY).partition("]")[0]) for each in places if _ENTRY in each}
    entries = answer.body.get("entry", []) if answer.status in ACCEPTED else []
    statuses = [each["response"]["status"] for each in entries]
    return found | {n for n, each in enumerate(statuses) if each[0] == "4"}


def _why(answer: Answer) -> list[str]:
    if answer.status in ACCEPTED:
        return []
    return [each["diagnostics"] for each in answer.issues]


async def _put(hub: RunningHub, key: str, resources: Sequence[Resource]) -> list[str]:
    """PUT each; give what was refused, and why."""
    refused = []
    for each in resources:
        name = name_of(each)
        answer = await hub.sends(key, f"/fhir/R4/{name}", encoded(each), method="PUT")
        if answer.status not in ACCEPTED:
            refused.append(f"{name}: {answer.status} {'; '.join(_why(answer))}")
    return refused


async def _read(hub: RunningHub, code: str) -> Counter[tuple[str, str]]:
    """Let everybody of a hospital read; give it all."""
    charts = await hub.owner.fetch(
        "SELECT p.id FROM patient p JOIN facility f ON f.id = p.facility"
        " WHERE f.code = $1 AND p.deceased_at IS NULL",
        code,
    )
    found = Counter[tuple[str, str]]()
    for n, chart in enumerate(charts):
        reader = await Reader.of_chart(hub, chart["id"], int(code) + n)
        found += comparable(await reader.syncs())
    return found


def main() -> None:
    end_with(asyncio.run(check(folder_told(sys.argv[1:], "fhir_r4_examples") / "official")))


if __name__ == "__main__":
    main()
