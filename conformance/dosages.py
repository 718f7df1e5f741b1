"""Sends each official MedicationRequest and dose text to the FHIR endpoint; reads the doses back.

Each must give the doses of `expected_dosages`, or be shown as written. An example that the table
does not know is an error. The examples are sent twice: as if in force, and as they are, where what
is ended or replaced must have no dose.

python -m conformance.dosages [FOLDER]      (../shared/data unless told)
"""

import asyncio
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from typer import echo

from conformance.expected_dosages import (
    EXPECTED,
    FOUR_TIMES,
    MORNING,
    REPLACES,
    THRICE,
    TWICE,
    WRITTEN,
    Daily,
)
from conformance.material import end_with, folder_told
from conformance.reading_back import Reader, chart_of
from conformance.running import RunningHub, encoded, running_hub

Resource = dict[str, Any]
WINDOW = timedelta(days=31)
WINDOWS = 3
NUMBERS = "urn:hub:conformance:dosages"
IN_FORCE = {"active"}
WHO: Resource = {
    "resourceType": "Patient",
    "id": "pat1",
    "identifier": [{"system": NUMBERS, "value": "pat1"}],
    "name": [{"text": "Nguyễn Văn Mẫu"}],
}
"""Whom the examples are about, as they refer to them."""
PARTS = {"sang": "morning", "trua": "noon", "chieu": "afternoon", "toi": "evening"}
SPREAD = {1: MORNING, 2: TWICE, 3: THRICE, 4: FOUR_TIMES}


@dataclass(frozen=True, slots=True)
class Shown:
    """What became of one prescription in the patient's schedule."""

    doses: frozenset[tuple[str, str, str]] = frozenset()
    as_text: bool = False
    replaced: bool = False


async def check(folder: Path) -> list[str]:
    examples = _examples(folder / "fhir_r4_examples" / "official")
    texts = json.loads((folder / "vn_samples" / "lieu_dung_examples.json").read_text("utf-8"))
    wrong = [f"{name}: the table does not know it" for name in examples.keys() - EXPECTED.keys()]
    wrong += [f"{name}: is not there any more" for name in EXPECTED.keys() - examples.keys()]
    async with running_hub() as hub:
        in_force = {name: _in_force(each) for name, each in examples.items()}
        shown = await _play(hub, 1, in_force)
        wrong += _compare("if it were in force", EXPECTED, shown)

        ended = {n for n, each in examples.items() if each["status"] not in IN_FORCE}
        ended |= set(REPLACES.values())
        shown = await _play(hub, 2, {n: _named(e) for n, e in examples.items()})
        wrong += _compare_ended(EXPECTED, shown, ended)

        lines = {f"text {n}": _as_a_request(n, each) for n, each in enumerate(texts)}
        expected = {f"text {n}": _meant(each) for n, each in enumerate(texts)}
        shown = await _play(hub, 3, lines)
        wrong += _compare("a dose text", expected, shown)
    return wrong


def _examples(folder: Path) -> dict[str, Resource]:
    files = sorted(folder.glob("MedicationRequest-*.json"))
    return {
        file.stem.partition("-")[2]: json.loads(file.read_text("utf-8"), parse_float=Decimal)
        for file in files
    }


def _named(example: Resource) -> Resource:
    """Give it a number of its own: the examples share one, and would be one prescription.

    Weights that a prescription rests on are not sent here, so it does not refer to them either.
    """
    alone = {name: value for name, value in example.items() if name != "supportingInformation"}
    return alone | {"identifier": [{"system": NUMBERS, "value": example["id"]}]}


def _in_force(example: Resource) -> Resource:
    alone = {name: value for name, value in example.items() if name != "priorPrescription"}
    return _named(alone) | {"status": "active"}


def _as_a_request(n: int, sample: Resource) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": f"text-{n}",
        "identifier": [{"system": NUMBERS, "value": f"text {n}"}],
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": f"text {n}"},
        "subject": {"reference": "Patient/pat1"},
        "authoredOn": WRITTEN.isoformat(),
        "dosageInstruction": [{"text": sample["text"]}],
    }


def _meant(sample: Resource) -> Daily | list[tuple[str, str, str]] | None:
    """Say what a sample of ours in ../shared means, by the columns that stand beside its text."""
    if sample.get("unparsed") or sample.get("thang"):
        return None
    days = sample.get("days") or (WINDOWS * WINDOW).days
    slots = sample.get("slots")
    if not slots:
        amount = f"{sample['per_dose']} {sample['unit']}"
        return Daily(SPREAD[sample["times_per_day"]], amount, WRITTEN, days)
    return [
        dose
        for slot, amount in slots.items()
        for dose in Daily((PARTS[slot],), f"{amount} {sample['unit']}", WRITTEN, days).all()
    ]


async def _play(hub: RunningHub, n: int, requests: dict[str, Resource]) -> dict[str, Shown]:
    """Let a hospital of its own send them about a patient of its own, who then reads."""
    key = await hub.facility(f"0200{n}")
    answer = await hub.sends(key, f"/fhir/R4/Patient/{WHO['id']}", encoded(WHO), method="PUT")
    assert answer.status in {200, 201}, answer.body
    reader = await Reader.of_chart(hub, await chart_of(hub, f"0200{n}", WHO), n)
    names = dict[str, str]()
    for name, each in requests.items():
        address = f"/fhir/R4/MedicationRequest/{each['id']}"
        answer = await hub.sends(key, address, encoded(each), method="PUT")
        assert answer.status in {200, 201}, f"{name}: {answer.body}"
        new = {one["id"] for one in await reader.lists("medicines")} - names.keys()
        assert len(new) <= 1, f"{name} became {len(new)} medicines"
        names |= dict.fromkeys(new, name)
    replaced = {one["id"] for one in await reader.lists("medicines") if one["replacedFrom"]}
    doses, texts = await _read(reader)
    return {
        name: Shown(frozenset(doses[medicine]), medicine in texts, medicine in replaced)
        for medicine, name in names.items()
    }


async def _read(reader: Reader) -> tuple[dict[str, set[tuple[str, str, str]]], set[str]]:
    doses: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    texts: set[str] = set()
    for n in range(WINDOWS):
        first: date = WRITTEN + n * WINDOW
        last = first + WINDOW - timedelta(days=1)
        page = await reader.get(f"medicines/schedule?from={first}&to={last}")
        for each in page["items"]:
            place = each["part"] or each["time"][:5]
            dose = (each["date"], place, each["amount"])
            assert dose not in doses[each["medicineId"]], "no dose is there twice"
            doses[each["medicineId"]].add(dose)
        texts |= {each["medicineId"] for each in page["asWritten"]}
    return doses, texts


def _compare(what: str, expected: dict[str, Any], shown: dict[str, Shown]) -> list[str]:
    wrong = []
    for name, meant in expected.items():
        found = shown.get(name, Shown())
        doses = frozenset(meant.all() if isinstance(meant, Daily) else meant or ())
        if (found.doses, found.as_text) != (doses, meant is None):
            extra, missing = sorted(found.doses - doses)[:3], sorted(doses - found.doses)[:3]
            wrong.append(f"{what}, {name}: as text {found.as_text}, not {extra}, but {missing}")
    text = sum(meant is None for meant in expected.values())
    echo(f"{what}: {len(expected) - text} with doses, {text} as text, {len(wrong)} wrong")
    return wrong


def _compare_ended(expected: dict[str, Any], shown: dict[str, Shown], ended: set[str]) -> list[str]:
    wrong = [
        f"as it is, {name}: is ended or replaced, and still shown: {found}"
        for name, found in shown.items()
        if name in ended and (found.doses or found.as_text)
    ]
    going_on = {name: meant for name, meant in expected.items() if name not in ended}
    wrong += _compare("as it is", going_on, shown)
    marked = {name for name, found in shown.items() if found.replaced}
    if marked != set(REPLACES.values()):
        wrong.append(f"as it is: replaced are {sorted(marked)}")
    echo(f"as it is: {len(ended)} ended or replaced, {len(marked)} of them replaced")
    return wrong


def main() -> None:
    end_with(asyncio.run(check(folder_told(sys.argv[1:], "."))))


if __name__ == "__main__":
    main()
