"""A clinician's word: a record is let be seen, or kept back until they say otherwise."""

from typing import Any, Final

import pytest

from backend.sandbox.demo.story_bundles import LAN, TU
from conformance.stored import stored
from tests.conftest import Database, Travel
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.other_kinds import ALLERGY, CONDITION, HERS, concept
from tests.harness.records.readers import PLACES, Readers, files, hours_later, measured, reported
from tests.harness.records.release_words import KEPT_BACK, NOWHERE, RELEASED, REPORT, says, word

IDENTIFIED: Final = {"system": "urn:bvmau:lis", "value": "P-1"}


async def test_a_result_waits_for_the_clinicians_word_however_long(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("clinician")
    await files(hospital, measured(), reported())

    async with hours_later(time_moves, 24 * 30):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (NOWHERE, [])
        await says(hospital, RELEASED)
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])
        assert await readers.texts(time_moves) == 1


@pytest.mark.parametrize(
    "record",
    [REPORT, {"type": "DiagnosticReport", "identifier": IDENTIFIED},
     {"type": "DiagnosticReport", "reference": "DiagnosticReport/r1"}],
)  # fmt: skip
async def test_a_record_is_named_as_fhir_names_it(
    hospital: Hospital, readers: Readers, record: dict[str, Any]
) -> None:
    await readers.policy("clinician")
    await files(hospital, measured(), reported(identifier=[IDENTIFIED]))

    await says(hospital, RELEASED, record)

    assert await readers.places() == PLACES


async def test_a_word_before_the_hour_counts(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported())

    await says(hospital, RELEASED)
    at_once = await readers.places(), await readers.told()
    async with hours_later(time_moves, 25):
        await readers.released()

    assert at_once == (PLACES, ["result.ready"])
    assert await readers.told() == ["result.ready"]


async def test_the_same_word_again_changes_nothing(
    database: Database, hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician")
    await files(hospital, measured(), reported())
    kept_back, released = word(KEPT_BACK), word(RELEASED)

    for said in (kept_back, released):
        first = await hospital.says(said)
        before = await checksums(database)
        replay, again = await hospital.says(said), await hospital.says(said | word(said["type"]))
        assert [each.status_code for each in (first, replay, again)] == [202, 202, 202]
        assert (replay.text, await checksums(database)) == (first.text, before)


async def test_a_word_is_written_down_and_the_patient_reads_it(
    database: Database, hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician")
    await files(hospital, measured(), reported())

    await says(hospital, KEPT_BACK)
    await says(hospital, RELEASED)

    acts = await database.owner.fetch(
        "SELECT action, actor, patient FROM audit_event WHERE action LIKE 'record.%' ORDER BY id"
    )
    assert [tuple(row) for row in acts] == [
        (what, hospital.facility, readers.patient) for what in (KEPT_BACK, RELEASED)
    ]


async def test_other_kinds_are_released_too_and_nobody_is_told(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician", "condition")
    await files(hospital, CONDITION)
    before = (await readers.reads("conditions")).json()["items"]

    await says(hospital, RELEASED, {"reference": "Condition/c1"})

    assert before == []
    assert len((await readers.reads("conditions")).json()["items"]) == 1
    assert await readers.told() == []


async def test_a_measurement_of_no_report_is_released_by_itself(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician")
    await files(hospital, measured())

    await says(hospital, RELEASED, {"reference": "Observation/m1"})

    assert await readers.places() == PLACES - {"list", "one", "file"}


MEDICINE = {
    "resourceType": "MedicationRequest", "id": "t1", "status": "active", "intent": "order",
    "subject": HERS, "medicationCodeableConcept": concept("Thuốc mẫu"), "authoredOn": "2026-11-20",
}  # fmt: skip
BOTH = REPORT | {"identifier": IDENTIFIED}


@pytest.mark.parametrize(
    ("kind", "record", "code"),
    [
        (RELEASED, {"reference": "DiagnosticReport/nobody"}, "unknown_record"),
        (RELEASED, {"reference": "Observation/m1"}, "with_its_report"),
        (KEPT_BACK, {"reference": "Observation/m1"}, "with_its_report"),
        (KEPT_BACK, {"reference": "MedicationRequest/t1"}, "always_shown"),
        (KEPT_BACK, {"reference": "AllergyIntolerance/a1"}, "always_shown"),
        (RELEASED, {"reference": "DiagnosticReport/never"}, "never_shown"),
        (RELEASED, {"reference": "Patient/p1"}, "ambiguous_record"),
        (RELEASED, {}, "ambiguous_record"),
        (RELEASED, {"type": "DiagnosticReport"}, "ambiguous_record"),
        (RELEASED, BOTH, "ambiguous_record"),
        (RELEASED, REPORT | {"type": "Observation"}, "ambiguous_record"),
        (RELEASED, {"identifier": IDENTIFIED}, "ambiguous_record"),
        (RELEASED, {"reference": "DiagnosticReport"}, "invalid_request"),
    ],
)
async def test_what_cannot_be_said_is_refused_and_changes_nothing(
    database: Database,
    hospital: Hospital,
    readers: Readers,
    kind: str,
    record: dict[str, Any],
    code: str,
) -> None:
    await readers.policy("clinician")
    await readers.policy("never", "result:PAT")
    never = [{"coding": [{"code": "PAT", "system": "urn:loai"}]}]
    await files(hospital, measured(), reported(), reported("never", shows=(), category=never),
                MEDICINE, ALLERGY)  # fmt: skip
    before = await stored(database.owner)

    answer = await hospital.says(word(kind, record))

    assert answer.status_code in {400, 422}
    assert answer.json()["code"] == code
    assert await stored(database.owner) == before


async def test_nobody_has_a_say_about_anothers_record(
    database: Database, hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician")
    await files(hospital, measured(), reported())
    await hospital.registers(TU)
    other = await a_hospital(database, hospital.client, "BV KHAC")
    await other.registers(LAN)

    of_another_hospital = await other.says(word(RELEASED))
    of_another_patient = await hospital.says(
        word(RELEASED, patient={"hospitalNumber": TU.hospital_number})
    )

    assert of_another_hospital.json()["code"] == "unknown_record"
    assert of_another_patient.json()["code"] == "record_of_another_patient"
    assert await readers.places() == NOWHERE
