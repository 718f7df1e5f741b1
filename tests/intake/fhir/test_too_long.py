"""A record with more text than a patient can be shown is refused; nothing is stored or cut."""

from typing import Any

import pytest
from httpx import AsyncClient

from backend.core.errors import Issue
from backend.records.filing.filing import RecordTooLarge, refuse_too_large
from backend.records.kinds import KINDS
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import sent
from tests.harness.records.measurements import BINH, hers, text

LONG = "x" * 400_000
PARTS = 3
"""So many of them are more than one report can show."""


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    hospital = await a_hospital(database, client)
    await hospital.registers(BINH)
    return hospital


def measured(n: int, words: str) -> dict[str, Any]:
    return hers("Observation", f"o{n}", "final", code=text("Glucose"), note=[{"text": words}])


def report() -> dict[str, Any]:
    return hers(
        "DiagnosticReport", "r1", "final", code=text("Glucose"),
        result=[{"reference": f"Observation/o{n}"} for n in range(PARTS)],
    )  # fmt: skip


async def refused(hospital: Hospital, *resources: dict[str, Any]) -> tuple[str, str]:
    """Send these, which are refused; give the code of the refusal, and its path."""
    answer = await hospital.posts(sent(*resources))
    assert answer.status_code == 422, answer.text[:500]
    assert answer.json()["resourceType"] == "OperationOutcome"
    (issue,) = answer.json()["issue"]
    return issue["code"], issue["expression"][0]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.table)
def test_every_kind_has_a_longest_record(kind: Any) -> None:
    refuse_too_large(kind.fhir, "here", "x" * (kind.largest - 1), "y")

    for texts in (("x" * kind.largest, "y"), ("ệ" * (kind.largest // 3 + 1),)):
        with pytest.raises(RecordTooLarge) as refusal:
            refuse_too_large(kind.fhir, "here", *texts)
        (issue,) = refusal.value.faults
        assert issue == Issue("here", f"has more than {kind.largest} bytes of text to show")


async def test_a_long_medicine_is_refused_with_its_place(
    database: Database, hospital: Hospital
) -> None:
    long = hers("MedicationRequest", "m1", "active", intent="order", authoredOn="2026-11-01",
                medicationCodeableConcept=text("Amlodipin"),
                dosageInstruction=[{"text": "x" * 17_000}])  # fmt: skip

    assert await refused(hospital, measured(1, "short"), long) == (
        "too-long", "Bundle.entry[1].resource",
    )  # fmt: skip
    assert await database.owner.fetchval("SELECT count(*) FROM observation") == 0
    assert await database.owner.fetchval("SELECT count(*) FROM medicine") == 0


async def test_a_report_of_too_long_measurements_is_refused(
    database: Database, hospital: Hospital
) -> None:
    for n in range(PARTS):
        assert (await hospital.posts(sent(measured(n, LONG)))).status_code == 200

    assert await refused(hospital, report()) == ("too-long", "Bundle.entry[0].resource")
    assert await database.owner.fetchval("SELECT count(*) FROM result") == 0


async def test_a_measurement_that_makes_its_report_too_long_is_refused(
    database: Database, hospital: Hospital
) -> None:
    parts = [measured(n, LONG if n else "short") for n in range(PARTS)]
    for part in parts:
        assert (await hospital.posts(sent(part))).status_code == 200
    assert (await hospital.posts(sent(report()))).status_code == 200

    assert await refused(hospital, measured(0, LONG)) == ("too-long", "Bundle.entry[0].resource")
    assert await database.owner.fetchval("SELECT max(octet_length(body)) FROM result") < 1 << 20


async def test_a_name_that_would_stand_in_every_record_has_an_end(hospital: Hospital) -> None:
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [{"text": "x" * 2001}]}

    assert await refused(hospital, doctor) == (
        "business-rule", "Bundle.entry[0].resource.name",
    )  # fmt: skip
