"""Whatever order the states of a record come in, the newest is what stays."""

import json
from collections.abc import Sequence
from itertools import islice, permutations
from typing import Any

import pytest

from backend.records.kinds import TABLES
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.other_kinds import (
    ALLERGY,
    CONDITION,
    ENCOUNTER,
    HERS,
    IMMUNIZATION,
    ORDER,
    OTHERS,
    PROCEDURE,
    STATEMENT,
    STUDY,
    concept,
    sent,
)
from tests.harness.records.everything import an_example

Resource = dict[str, Any]
ORDERS = 200


LIFE = [("partial", ""), ("preliminary", "6.1"), ("final", "6.10"), ("corrected", "5.9"),
        ("corrected", "6.10"), ("corrected", "5.9")]  # fmt: skip
"""What a laboratory said, one after the other: the last but one is taken back again."""


def said(key: str, n: int, *, counted: bool) -> Resource:
    """Give the n-th state of a report: by a counter, or by the time it was written."""
    status, value = LIFE[n]
    meta = {"versionId": f"{n + 9}"} if counted else {
        "lastUpdated": f"2026-10-01T08:{n:02}:00+07:00", "versionId": f"v{n}"
    }  # fmt: skip
    number = {"system": "urn:test", "value": key}
    found = {"valueString": value} if value else {"dataAbsentReason": concept("đang làm")}
    observation = {
        "resourceType": "Observation", "identifier": [number], "meta": meta, "subject": HERS,
        "status": "final" if status != "partial" else "registered", "code": concept("Glucose"),
        "issued": "2026-10-01T08:00:00+07:00", **found,
    }  # fmt: skip
    report = {
        "resourceType": "DiagnosticReport", "identifier": [number], "meta": meta, "subject": HERS,
        "status": status, "code": concept("Sinh hóa"), "issued": "2026-10-01T08:00:00+07:00",
        "conclusion": f"đường huyết {value}",
        "result": [{"type": "Observation", "identifier": number}],
    }  # fmt: skip
    return sent(observation, report)


@pytest.mark.timeout(180)
async def test_two_hundred_orders_of_one_life_end_the_same(
    database: Database, hospital: Hospital
) -> None:
    every_third = islice(permutations(range(len(LIFE))), 0, None, 3)
    for n, order in enumerate(islice(every_third, ORDERS)):
        for state in (*order, order[n % len(LIFE)]):
            answer = await hospital.posts(said(f"k{n}", state, counted=n % 2 == 0))
            assert answer.status_code == 200, answer.text

    ends = [_end_of(row) for row in await database.owner.fetch("SELECT body FROM result")]
    assert len(ends) == ORDERS
    assert {json.dumps(each) for each in ends} == {
        json.dumps(["corrected", "đường huyết 5.9", ["final", "5.9"]])
    }


def _end_of(row: Any) -> Sequence[Any]:
    read = json.loads(row["body"])
    (measured,) = read["observations"]
    return [read["status"], read["conclusion"], [measured["status"], measured["value"]]]


REPORT = {"resourceType": "DiagnosticReport", "id": "d1", "status": "final", "subject": HERS,
          "code": concept("Sinh hóa")}  # fmt: skip
OBSERVATION = {"resourceType": "Observation", "id": "m1", "status": "final", "subject": HERS,
               "code": concept("Glucose"), "valueInteger": 5}  # fmt: skip
APPOINTMENT = {
    "resourceType": "Appointment", "id": "x1", "status": "proposed", "description": "Khám",
    "start": "2026-10-01T08:00:00+07:00", "end": "2026-10-01T08:30:00+07:00",
    "participant": [{"actor": HERS | {"type": "Patient"}, "status": "accepted"}],
}  # fmt: skip
MEDICINE = {"resourceType": "MedicationRequest", "id": "q1", "status": "active", "intent": "order",
            "subject": HERS, "medicationCodeableConcept": concept("Paracetamol")}  # fmt: skip
LETTER = {"resourceType": "DocumentReference", "id": "l1", "status": "current", "subject": HERS,
          "content": [{"attachment": {"title": "Giấy ra viện"}}]}  # fmt: skip
EVERY_KIND: list[Resource] = [REPORT, OBSERVATION, APPOINTMENT, MEDICINE, LETTER, ENCOUNTER,
              CONDITION, ALLERGY, IMMUNIZATION, PROCEDURE, STUDY, ORDER, STATEMENT,
              *OTHERS]  # fmt: skip
CHANGED: dict[str, Resource] = {
    "DiagnosticReport": {"conclusion": "B"}, "Observation": {"valueInteger": 6},
    "Appointment": {"description": "B"}, "ImagingStudy": {"description": "B"},
    "MedicationRequest": {"medicationCodeableConcept": concept("B")},
    "MedicationStatement": {"medicationCodeableConcept": concept("B")},
    "DocumentReference": {"description": "B"}, "Encounter": {"type": [concept("B")]},
    "Immunization": {"vaccineCode": concept("B")},
}  # fmt: skip


def test_every_kind_that_is_kept_is_here() -> None:
    assert {each["resourceType"] for each in EVERY_KIND} == set(TABLES)


def without_times(document: str) -> dict[str, Any]:
    """Leave out when its words came, and whether others had been said before."""
    read: dict[str, Any] = json.loads(document)
    return {name: said for name, said in read.items() if name not in {"asOf", "correctedAt"}}


@pytest.mark.parametrize("first", EVERY_KIND, ids=[each["resourceType"] for each in EVERY_KIND])
async def test_what_is_newer_stays_and_what_was_taken_back_is_back(
    database: Database, hospital: Hospital, first: Resource
) -> None:
    kind = first["resourceType"]
    other = first | CHANGED.get(kind, {"code": concept("B")})
    if first in OTHERS:
        other = an_example(TABLES[kind], HERS, 1)

    async def kept(*states: tuple[Resource, str]) -> list[str]:
        seen = []
        for each, minute in states:
            meta = {"meta": {"lastUpdated": f"2026-10-01T08:{minute}:00Z"}} if minute else {}
            answer = await hospital.posts(sent(each | meta))
            assert answer.status_code == 200, answer.text
            seen.append(await database.owner.fetchval(f"SELECT body FROM {TABLES[kind]}"))
        return seen

    a, b, again = await kept((first, ""), (other, ""), (first, ""))
    newer, late, same_later, later_still = await kept(
        (other, "30"), (first, "10"), (other, "50"), (first, "40")
    )

    assert without_times(a) == without_times(again) != without_times(b)
    assert newer == late == same_later == later_still
    assert without_times(newer) == without_times(b)
