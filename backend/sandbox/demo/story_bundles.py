"""The FHIR R4 Bundles of the demo: two invented people and the records of three hospitals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import msgspec

HOSPITAL_NUMBERS = "urn:bvmau:patient"
ORDERS = "urn:bvmau:order"
CITIZEN_ID = "urn:vn:citizen-id"
_NAMESPACE = UUID("6f0a3c5e-8a6b-5d57-9b7e-0f6f7d4d2a11")

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class StoryPerson:
    """An invented patient, as one invented hospital states them."""

    name: str
    hospital_number: str
    citizen_id: str
    birth_date: str
    gender: str
    mobile: str


LAN = StoryPerson("Trần Thị Lan", "BN0001", "079185000011", "1985-03-12", "female", "0901234567")
TU = StoryPerson("Nguyễn Văn Tư", "BN0002", "046055000012", "1955-01-20", "male", "0912345678")
LAN_AT_CLINIC = replace(LAN, hospital_number="PK-7731")
LAN_LONG_AGO = replace(LAN, hospital_number="88/2019", mobile="0933111222")
"""At the third hospital, which has her number of years ago."""

BLOOD_COUNT: Sequence[tuple[str, str, str, str, str]] = (
    ("6690-2", "Bạch cầu (WBC)", "6.8", "10*9/L", "4.0-10.0"),
    ("789-8", "Hồng cầu (RBC)", "4.52", "10*12/L", "3.80-5.20"),
    ("718-7", "Huyết sắc tố (HGB)", "13.2", "g/dL", "12.0-16.0"),
    ("4544-3", "Hematocrit (HCT)", "40.10", "%", "36.0-46.0"),
    ("777-3", "Tiểu cầu (PLT)", "250", "10*9/L", "150-400"),
)
"""LOINC code, name, value as the laboratory wrote it, UCUM unit, reference range."""


def registration(person: StoryPerson) -> Resource:
    """Register one patient."""
    patient = {
        "resourceType": "Patient",
        "identifier": [
            {"system": CITIZEN_ID, "value": person.citizen_id},
            {"system": HOSPITAL_NUMBERS, "value": person.hospital_number},
        ],
        "name": [{"text": person.name}],
        "gender": person.gender,
        "birthDate": person.birth_date,
        "telecom": [{"system": "phone", "use": "mobile", "value": person.mobile}],
    }
    return transaction(f"reg-{person.hospital_number}", [patient])


def visit(person: StoryPerson, at: datetime, changes: dict[str, str] | None = None) -> Resource:
    """A blood count, a follow-up appointment and a medicine, as one transaction.

    Args:
        at: when the laboratory released the count; the same instant gives the same Bundle.
        changes: corrected values by LOINC code; the report is then `corrected`.
    """
    number = person.hospital_number
    observations = [
        _observation(person, measurement, at, (changes or {}).get(measurement[0], measurement[2]))
        for measurement in BLOOD_COUNT
    ]
    report = {
        "resourceType": "DiagnosticReport",
        "identifier": [{"system": ORDERS, "value": f"{number}-CBC-1"}],
        "status": "corrected" if changes else "final",
        "code": _coded("58410-2", "Tổng phân tích tế bào máu"),
        "subject": _patient(person),
        "effectiveDateTime": at.isoformat(),
        "issued": at.isoformat(),
        "result": [{"reference": _full_url(observation)} for observation in observations],
    }
    name = f"visit-{number}" + ("-corrected" if changes else "")
    resources = [report, *observations, _appointment(person, at), _medicine(person, at)]
    return transaction(name, resources)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encoded(bundle: Resource) -> bytes:
    """Write the Bundle as JSON; `40.10` stays `40.10`."""
    return _ENCODER.encode(bundle)


def transaction(name: str, resources: Sequence[Resource]) -> Resource:
    return {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:bvmau:message", "value": name},
        "type": "transaction",
        "entry": [
            {
                "fullUrl": _full_url(resource),
                "resource": resource,
                "request": {"method": "POST", "url": resource["resourceType"]},
            }
            for resource in resources
        ],
    }


def _observation(
    person: StoryPerson, item: tuple[str, str, str, str, str], at: datetime, value: str
) -> Resource:
    code, name, _, unit, normal = item
    return {
        "resourceType": "Observation",
        "identifier": [{"system": ORDERS, "value": f"{person.hospital_number}-CBC-1-{code}"}],
        "status": "final",
        "code": _coded(code, name),
        "subject": _patient(person),
        "effectiveDateTime": at.isoformat(),
        "valueQuantity": {"value": Decimal(value), "unit": unit},
        "referenceRange": [{"text": normal}],
    }


def _appointment(person: StoryPerson, at: datetime) -> Resource:
    begins = (at + timedelta(days=7)).replace(hour=1, minute=30, second=0, microsecond=0)
    return {
        "resourceType": "Appointment",
        "identifier": [{"system": ORDERS, "value": f"{person.hospital_number}-APP-1"}],
        "status": "booked",
        "created": at.isoformat(),
        "start": begins.isoformat(),
        "end": (begins + timedelta(minutes=20)).isoformat(),
        "participant": [{"actor": _patient(person), "status": "accepted"}],
    }


def _medicine(person: StoryPerson, at: datetime) -> Resource:
    repeat = {
        "frequency": 2, "period": 1, "periodUnit": "d",
        "boundsDuration": {"value": 7, "unit": "d", "system": "http://unitsofmeasure.org",
                           "code": "d"},
    }  # fmt: skip
    return {
        "resourceType": "MedicationRequest",
        "identifier": [{"system": ORDERS, "value": f"{person.hospital_number}-MED-1"}],
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"text": "Amoxicillin 500 mg"},
        "subject": _patient(person),
        "authoredOn": at.isoformat(),
        "dosageInstruction": [
            {
                "text": "Uống 1 viên, ngày 2 lần, sáng và tối, trong 7 ngày",
                "timing": {"repeat": repeat},
                "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "viên"}}],
            }
        ],
    }


def _patient(person: StoryPerson) -> Resource:
    return {"reference": f"Patient?identifier={HOSPITAL_NUMBERS}|{person.hospital_number}"}


def _coded(loinc: str, text: str) -> Resource:
    return {"coding": [{"system": "http://loinc.org", "code": loinc}], "text": text}


def _full_url(resource: Resource) -> str:
    """Name the entry inside its Bundle; a name of the wire only, never a key."""
    identifier = resource["identifier"][0]
    name = f"{resource['resourceType']}|{identifier['system']}|{identifier['value']}"
    return f"urn:uuid:{uuid5(_NAMESPACE, name)}"
