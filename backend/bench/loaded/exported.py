"""Writes a folder in the shape of a Synthea export: a Bundle for each invented patient, and names.

A patient has ten visits of eleven resources: measurements, most of all, and bills that the hub
keeps as they came. All references stay inside their file, by `urn:uuid:`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

VISITS: Final = 10
BEGAN: Final = datetime(2015, 3, 2, 1, 0, tzinfo=UTC)
BETWEEN: Final = timedelta(days=182)
NAMESPACE: Final = UUID("0b54ac5e-1f3f-5d0e-9a37-9c1c4dfb1b5e")
NUMBERS: Final = "urn:bvdo:record"
VITAL, LABORATORY = "vital-signs", "laboratory"
MEASURED: Final = (
    ("8302-2", "Body height", "cm", 160.0, VITAL), ("29463-7", "Body weight", "kg", 55.0, VITAL),
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 118.0, VITAL),
    ("6690-2", "Leukocytes", "10*3/uL", 6.8, LABORATORY),
    ("789-8", "Erythrocytes", "10*6/uL", 4.5, LABORATORY),
    ("718-7", "Hemoglobin", "g/dL", 13.2, LABORATORY),
)  # fmt: skip

Resource = dict[str, Any]


def write_export(folder: Path, patients: int) -> int:
    """Write the files; give how many resources they hold."""
    folder.mkdir(parents=True, exist_ok=True)
    people = [_PatientFile(n) for n in range(1, patients + 1)]
    named = [_organization(), _practitioner()]
    bundles = {"_hospitalInformation": named, **{f"Person_{p.n:04}": [*p.all()] for p in people}}
    for name, resources in bundles.items():
        (folder / f"{name}.json").write_bytes(msgspec.json.encode(_transaction(resources)))
    return sum(map(len, bundles.values()))


@dataclass(slots=True)
class _PatientFile:
    """One patient, and all that ten years have left of them."""

    n: int
    made: int = 0
    patient: Resource = field(default_factory=dict)

    def all(self) -> Iterator[Resource]:
        self.patient = _named("Patient", f"{self.n}")
        yield self.patient | {
            "identifier": [{"system": NUMBERS, "value": f"SYN{self.n:06}"}],
            "name": [{"family": "Trần", "given": [f"Thị {self.n}"]}],
            "telecom": [{"system": "phone", "use": "home", "value": f"028{self.n:08}"}],
            "gender": "female", "birthDate": f"19{50 + self.n % 50}-04-17",
            "address": [{"line": ["1 Lê Lợi"], "city": "Huế", "country": "VN"}],
        }  # fmt: skip
        for visit in range(VISITS):
            yield from self._of_visit(visit, BEGAN + visit * BETWEEN)

    def _of_visit(self, visit: int, begun: datetime) -> Iterator[Resource]:
        at, until = begun.isoformat(), (begun + timedelta(minutes=30)).isoformat()
        encounter = self._new("Encounter", subject="subject") | {
            "status": "finished", "period": {"start": at, "end": until},
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [_coded("http://snomed.info/sct", "185349003", "Encounter for check up")],
        }  # fmt: skip
        yield encounter
        during = {"encounter": {"reference": _address(encounter)}}
        measured = [
            self._measurement(item, visit) | during | {"effectiveDateTime": at, "issued": at}
            for item in MEASURED
        ]
        yield from measured
        yield self._report([one for one, item in zip(measured, MEASURED, strict=True)
                            if item[-1] == LABORATORY]) | during | {"issued": at}  # fmt: skip
        yield self._seldom(visit, at) | during
        yield self._bill("Claim", encounter, at)
        yield self._bill("ExplanationOfBenefit", encounter, at)

    def _measurement(self, item: tuple[str, str, str, float, str], visit: int) -> Resource:
        code, name, unit, value, category = item
        return self._new("Observation", subject="subject") | {
            "status": "final", "code": _coded("http://loinc.org", code, name),
            "category": [_coded(
                "http://terminology.hl7.org/CodeSystem/observation-category", category, category
            )],
            "valueQuantity": {"value": value + visit / 8 + self.n % 7, "unit": unit,
                              "system": "http://unitsofmeasure.org", "code": unit},
        }  # fmt: skip

    def _report(self, results: list[Resource]) -> Resource:
        return self._new("DiagnosticReport", subject="subject") | {
            "status": "final", "code": _coded("http://loinc.org", "58410-2", "Blood count"),
            "category": [_coded("http://terminology.hl7.org/CodeSystem/v2-0074", "LAB", "LAB")],
            "effectiveDateTime": results[0]["effectiveDateTime"],
            "result": [{"reference": _address(result)} for result in results],
        }  # fmt: skip

    def _seldom(self, visit: int, at: str) -> Resource:
        """Give what a visit has one of: a vaccine, a diagnosis, a procedure or a prescription."""
        if visit % 4 == 0:
            return self._new("Immunization", subject="patient") | {
                "status": "completed", "occurrenceDateTime": at, "primarySource": True,
                "vaccineCode": _coded("http://hl7.org/fhir/sid/cvx", "140", "Influenza, seasonal"),
            }  # fmt: skip
        if visit % 4 == 1:
            return self._new("Condition", subject="subject") | {
                "clinicalStatus": _coded(
                    "http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved", ""
                ),
                "code": _coded("http://snomed.info/sct", "444814009", "Viral sinusitis"),
                "onsetDateTime": at, "recordedDate": at,
            }  # fmt: skip
        if visit % 2 == 0:
            return self._new("Procedure", subject="subject") | {
                "status": "completed", "performedDateTime": at,
                "code": _coded("http://snomed.info/sct", "430193006", "Medication reconciliation"),
            }  # fmt: skip
        return self._new("MedicationRequest", subject="subject") | {
            "status": "stopped", "intent": "order", "authoredOn": at,
            "medicationCodeableConcept": {"text": "Ibuprofen 200 mg"},
            "dosageInstruction": [{"sequence": 1, "asNeededBoolean": True}],
        }  # fmt: skip

    def _bill(self, kind: str, encounter: Resource, at: str) -> Resource:
        return self._new(kind, subject="patient") | {
            "status": "active", "use": "claim", "created": at, "outcome": "complete",
            "type": _coded("http://terminology.hl7.org/CodeSystem/claim-type", "institutional", ""),
            "item": [
                {"sequence": n, "encounter": [{"reference": _address(encounter)}],
                 "productOrService": _coded("http://snomed.info/sct", "185349003", "Check up"),
                 "net": {"value": 140.52, "currency": "VND"}}
                for n in range(1, 6)
            ],
        }  # fmt: skip

    def _new(self, kind: str, *, subject: str) -> Resource:
        self.made += 1
        made = _named(kind, f"{self.n}-{self.made}")
        return made | {subject: {"reference": _address(self.patient)}}


def _organization() -> Resource:
    return _named("Organization", "1") | {"active": True, "name": "Bệnh viện Đo"}


def _practitioner() -> Resource:
    return _named("Practitioner", "1") | {"active": True, "name": [{"text": "BS. Lê Văn Bình"}]}


def _named(kind: str, name: str) -> Resource:
    return {"resourceType": kind, "id": str(uuid5(NAMESPACE, f"{kind}/{name}"))}


def _address(resource: Resource) -> str:
    return f"urn:uuid:{resource['id']}"


def _coded(system: str, code: str, text: str) -> Resource:
    text = text or code
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}


def _transaction(resources: list[Resource]) -> Resource:
    return {
        "resourceType": "Bundle", "type": "transaction",
        "entry": [
            {"fullUrl": _address(resource), "resource": resource,
             "request": {"method": "POST", "url": resource["resourceType"]}}
            for resource in resources
        ],
    }  # fmt: skip
