"""A restricted visit with all its records, and the words that must not be seen."""

from typing import Any

from tests.harness.intake.hospital import an_hour_ago
from tests.harness.intake.other_kinds import CONDITION, ENCOUNTER, ORDER, concept

Resource = dict[str, Any]
SUBJECT = CONDITION["subject"]
ICD = "http://hl7.org/fhir/sid/icd-10"
CANARIES = ("HIV", "B20", "O04", "F32", "Phá thai", "Trầm cảm", "Tâm thần", "dolutegravir")
FETUS = ("Giới tính thai nhi: Nam", "bé trai", "thai trai")


def icd(code: str, text: str) -> Resource:
    return {"coding": [{"system": ICD, "code": code, "display": text}], "text": text}


def a_report(key: str, name: str, *results: Resource, conclusion: str = "") -> list[Resource]:
    at = an_hour_ago().isoformat()
    observations = [
        {"resourceType": "Observation", "id": f"{key}-{n}", "status": "final", "subject": SUBJECT,
         "issued": at, **each}
        for n, each in enumerate(results)
    ]  # fmt: skip
    report = {
        "resourceType": "DiagnosticReport", "id": key, "status": "final", "subject": SUBJECT,
        "code": {"text": name}, "issued": at,
        "result": [{"reference": f"Observation/{key}-{n}"} for n in range(len(results))],
    } | ({"conclusion": conclusion} if conclusion else {})  # fmt: skip
    return [*observations, report]


SEEDED: list[Resource] = [
    CONDITION | {"id": "hiv", "code": icd("B20.1", "Bệnh HIV")},
    CONDITION | {"id": "sad", "code": icd("F32.1", "Trầm cảm vừa")},
    ORDER | {"id": "end", "code": icd("O04.9", "Phá thai nội khoa")},
    ENCOUNTER | {"id": "mind", "serviceProvider": {"reference": "Organization/tt"}},
    {"resourceType": "MedicationRequest", "id": "arv", "status": "active", "intent": "order",
     "subject": SUBJECT, "medicationCodeableConcept": concept("dolutegravir 50 mg"),
     "authoredOn": "2026-11-20"},
    *a_report("lab", "Xét nghiệm máu", {"code": concept("HIV Ag/Ab"), "valueString": "HIV +"}),
]  # fmt: skip
DEPARTMENT = {"resourceType": "Organization", "id": "tt", "name": "Khoa Tâm thần"}
ULTRASOUND = a_report(
    "us", "Siêu âm thai", {"code": concept("Giới tính thai nhi"), "valueString": "Nam"},
    {"code": concept("Tim thai"), "valueString": "150 lần/phút, thai trai",
     "component": [{"code": concept("Giới tính thai nhi"), "valueString": "Nam"}]},
    conclusion="Giới tính thai nhi: Nam. Một bé trai, ngôi đầu.",
)  # fmt: skip
LISTS = ("results", "visits", "conditions", "allergies", "medicines", "medicines/schedule")
