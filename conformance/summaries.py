"""Imports whole records, and lets each patient fetch and print a summary of theirs.

Exits 1 when a summary is no International Patient Summary, when a record that counts is not in it,
or when a value is not as the file has it.

python -m conformance.summaries [FOLDER]      (../shared/data/synthea_r4 unless told)
"""

import asyncio
import sys
from collections import Counter
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console
from rich.table import Table
from typer import echo

from conformance.importing import imported
from conformance.ips import wrong_with
from conformance.material import end_with, folder_told
from conformance.reading_back import Reader, chart_of, slip_for
from conformance.running import RunningHub, running_hub
from conformance.whole_records import WholeRecord, as_written, whole_records

SHOWN = ("AllergyIntolerance", "MedicationRequest", "Condition", "Immunization", "Observation",
         "Procedure")  # fmt: skip
STATES = {"AllergyIntolerance": {"active"}, "Condition": {"active", "recurrence", "relapse"},
          "MedicationRequest": {"active", "on-hold"}, "Immunization": {"completed"},
          "Procedure": {"completed"}}  # fmt: skip
FACILITY = "01001"
MOST = {"Immunization": 100, "Procedure": 50}


async def check(folder: Path) -> list[str]:
    records, wrong = whole_records(folder), list[str]()
    table = Table("patient", *SHOWN, "coded", "wrong", "bytes", "ms", "PDF bytes", "ms")
    made = 0
    async with running_hub() as hub:
        await hub.facility(FACILITY)
        wrong += await imported(folder, FACILITY)
        for n, record in enumerate(records):
            await _go_back(hub, record)
            slip = await slip_for(await chart_of(hub, FACILITY, record.patient))
            reader = await Reader.with_slip(hub, slip, n)
            if reader is None:
                continue
            text, took = await _fetched(reader, "get", "")
            pdf, took_pdf = await _fetched(reader, "post", "/prints")
            found = _counted(text.decode())
            faults = [*wrong_with(text.decode()), *_differences(record, text.decode())]
            faults += [] if pdf.startswith(b"%PDF-") else ["the print is no PDF"]
            wrong += [f"{n + 1}: {each}" for each in faults]
            made += 1
            table.add_row(
                f"{n + 1}", *(str(found[kind]) for kind in SHOWN), str(found["coded"]),
                str(len(faults)), str(len(text)), f"{took:.0f}", str(len(pdf)), f"{took_pdf:.0f}",
            )  # fmt: skip
    Console(width=160).print(table)
    echo(f"{made} summaries of {len(records)} patients, {len(wrong)} faults")
    return wrong if made else ["nobody could fetch a summary"]


async def _go_back(hub: RunningHub, record: WholeRecord) -> None:
    """Let it be the day of the patient's newest measurement: the files are years old."""
    newest = max((each["effectiveDateTime"] for each in record.of("Observation")), default=None)
    if newest is not None:
        await hub.owner.execute(
            "UPDATE clock_offset"
            " SET ahead = $1::timestamptz + interval '1 day' - clock_timestamp()",
            datetime.fromisoformat(newest),
        )


async def _fetched(reader: Reader, method: str, more: str) -> tuple[bytes, float]:
    began = monotonic()
    headers = {"Authorization": f"Bearer {reader.token}"}
    address = f"/v1/patients/me/summary{more}"
    async with reader.api.request(
        method, address, headers=headers, skip_auto_headers={"Content-Type"}
    ) as answer:
        body = await answer.read()
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise RuntimeError(f"{method} {address}: {answer.status}")
    return body, (monotonic() - began) * 1000


def _counted(text: str) -> Counter[str]:
    resources = [each["resource"] for each in as_written(text)["entry"]]
    counts = Counter(each["resourceType"] for each in resources)
    counts["coded"] = sum(bool(_codes(each)) for each in resources if each["resourceType"] in SHOWN)
    return counts


def _codes(resource: dict[str, Any]) -> set[tuple[str, str]]:
    names = ("code", "vaccineCode", "medicationCodeableConcept")
    codings = [c for name in names for c in resource.get(name, {}).get("coding", [])]
    return {(each.get("system", ""), each["code"]) for each in codings}


def _differences(record: WholeRecord, text: str) -> list[str]:
    """Hold it against the file: what counts is there, with the codes and the value it was sent."""
    resources = [each["resource"] for each in as_written(text)["entry"]]
    wrong = []
    for kind, states in STATES.items():
        sent = [each for each in record.of(kind) if _state(each) in states]
        here = [each for each in resources if each["resourceType"] == kind]
        if len(here) != min(len(sent), MOST.get(kind, 100)):
            wrong.append(f"{len(sent)} {kind} count, {len(here)} are there")
        known = {frozenset(_codes(each)) for each in sent}
        # A medicine whose code stands in a resource of its own is found there, so has its codes.
        wrong += [
            f"a {kind} has codes that nobody sent"
            for each in here
            if kind != "MedicationRequest" and frozenset(_codes(each)) not in known
        ]
    values = {(frozenset(_codes(each)), str(each.get("valueQuantity", {}).get("value")),
               each.get("valueQuantity", {}).get("code"))
              for each in record.of("Observation")}  # fmt: skip
    wrong += [
        "a value is not as it was sent"
        for each in resources
        if each["resourceType"] == "Observation"
        and (frozenset(_codes(each)), str(each.get("valueQuantity", {}).get("value")),
             each.get("valueQuantity", {}).get("code")) not in values
    ]  # fmt: skip
    return wrong


def _state(resource: dict[str, Any]) -> str:
    clinical = resource.get("clinicalStatus", {}).get("coding", [{}])[0].get("code")
    return str(clinical or resource.get("status", ""))


def main() -> None:
    end_with(asyncio.run(check(folder_told(sys.argv[1:], "synthea_r4"))))


if __name__ == "__main__":
    main()
