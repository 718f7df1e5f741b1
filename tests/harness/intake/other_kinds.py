"""One of each kind of record that a hospital sends, and how it is sent."""

from typing import Any

from backend.records.kinds import KINDS
from backend.sandbox.demo.story_bundles import LAN
from tests.harness.intake.hospital import asked_for
from tests.harness.records.everything import an_example

Resource = dict[str, Any]
HERS = {"identifier": {"system": "urn:bvmau:patient", "value": LAN.hospital_number}}


def sent(*resources: Resource) -> Resource:
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": each, "request": asked_for(each)} for each in resources],
    }


def concept(text: str, code: str = "") -> Resource:
    return ({"text": text} if text else {}) | (
        {"coding": [{"system": "urn:test", "code": code}]} if code else {}
    )


ENCOUNTER = {
    "resourceType": "Encounter", "id": "e1", "status": "finished", "class": {"code": "AMB"},
    "type": [concept("Khám bệnh")], "subject": HERS, "reasonCode": [concept("Ho kéo dài")],
    "period": {"start": "2026-10-01T08:00:00+07:00", "end": "2026-10-01T09:30:00+07:00"},
    "participant": [{"individual": {"reference": "Practitioner/p1"}}],
    "serviceProvider": {"display": "Khoa Hô hấp"},
}  # fmt: skip
CONDITION = {
    "resourceType": "Condition", "id": "c1", "subject": HERS, "code": concept("Viêm xoang mạn"),
    "clinicalStatus": concept("", "active"), "verificationStatus": concept("", "confirmed"),
    "onsetDateTime": "2019-05", "recordedDate": "2019-06-02",
    "encounter": {"reference": "Encounter/of-another-system"},
}  # fmt: skip
ALLERGY = {
    "resourceType": "AllergyIntolerance", "id": "a1", "patient": HERS,
    "code": concept("Penicillin"), "criticality": "high", "category": ["medication"],
    "clinicalStatus": concept("", "active"), "recordedDate": "2020",
    "reaction": [{"manifestation": [concept("Nổi mề đay")], "severity": "moderate"}],
}  # fmt: skip
IMMUNIZATION = {
    "resourceType": "Immunization", "id": "i1", "status": "completed", "patient": HERS,
    "vaccineCode": concept("Cúm mùa"), "occurrenceDateTime": "2026-09-10", "lotNumber": "A12",
    "protocolApplied": [{"doseNumberPositiveInt": 1}],
}  # fmt: skip
PROCEDURE = {
    "resourceType": "Procedure", "id": "o1", "status": "completed", "subject": HERS,
    "code": concept("Nội soi mũi"), "performedDateTime": "2026-10-01",
}  # fmt: skip
STUDY = {
    "resourceType": "ImagingStudy", "id": "s1", "status": "available", "subject": HERS,
    "started": "2026-10-01T08:30:00+07:00", "numberOfSeries": 1, "numberOfInstances": 2,
    "series": [{"uid": "1.2.3", "modality": {"code": "CT"}}],
}  # fmt: skip
ORDER = {
    "resourceType": "ServiceRequest", "id": "r1", "status": "active", "intent": "order",
    "subject": HERS, "code": concept("Công thức máu"), "authoredOn": "2026-10-01",
}  # fmt: skip
STATEMENT = {
    "resourceType": "MedicationStatement", "id": "t1", "status": "active", "subject": HERS,
    "medicationCodeableConcept": concept("Vitamin D"), "effectivePeriod": {"start": "2026"},
    "dosage": [{"text": "1 viên mỗi ngày"}],
}  # fmt: skip
PRACTITIONER = {"resourceType": "Practitioner", "id": "p1",
                "name": [{"prefix": ["BS."], "family": "Lê", "given": ["Minh"]}]}  # fmt: skip
WRITTEN_HERE: tuple[Resource, ...] = (
    ENCOUNTER,
    CONDITION,
    ALLERGY,
    IMMUNIZATION,
    PROCEDURE,
    STUDY,
    ORDER,
    STATEMENT,
)
READ_APART = {"DiagnosticReport", "Observation", "Appointment", "MedicationRequest"}
ONLY_SHOWN = [kind for kind in KINDS if kind.fhir not in READ_APART and not kind.has_files]
OTHERS: tuple[Resource, ...] = tuple(
    an_example(kind.table, HERS)
    for kind in ONLY_SHOWN
    if kind.fhir not in {each["resourceType"] for each in WRITTEN_HERE}
)
ALL: tuple[Resource, ...] = (PRACTITIONER, *WRITTEN_HERE, *OTHERS)
