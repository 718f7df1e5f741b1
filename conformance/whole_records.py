"""What the files of whole records say, read by nothing of the hub's own: digits stay as written."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize

KINDS = {
    "Encounter": ("visit", "visits"),
    "Condition": ("condition", "conditions"),
    "DiagnosticReport": ("result", "results"),
    "Observation": ("observation", "observations"),
    "AllergyIntolerance": ("allergy", "allergies"),
    "Immunization": ("immunisation", "immunisations"),
    "MedicationRequest": ("medicine", "medicines"),
}
"""FHIR's word -> where the hub keeps it, and what the patient's address of it ends with."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A name and its values with their units, each in the letters it was written in."""

    name: str
    at: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WholeRecord:
    """One file: everything about one patient."""

    name: str
    resources: list[dict[str, Any]]

    @property
    def patient(self) -> dict[str, Any]:
        return self.of("Patient")[0]

    @property
    def is_dead(self) -> bool:
        return "deceasedDateTime" in self.patient

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.resources if each["resourceType"] == kind]

    def count(self, kind: str) -> int:
        return len(self.of(kind))


def whole_records(folder: Path) -> list[WholeRecord]:
    """Read every file about a patient; those with only doctors and departments are left out."""
    found = [
        WholeRecord(file.stem.partition("_")[0], [each["resource"] for each in read["entry"]])
        for file in sorted(folder.glob("*.json"))
        for read in [as_written(file.read_text("utf-8"))]
    ]
    return [each for each in found if each.of("Patient")]


def with_one_reference_to(other: WholeRecord, text: str, own: WholeRecord) -> bytes:
    """Let the last reference to the file's own patient lead to another one."""
    me, them = own.of("Patient")[0]["id"], other.of("Patient")[0]["id"]
    head, found, rest = text.rpartition(f'"reference": "urn:uuid:{me}"')
    assert found, "each of these records refers to its patient"
    return f'{head}"reference": "Patient/{them}"{rest}'.encode()


def as_written(text: str) -> Any:
    """Read JSON with every number as the letters it was written in."""
    return json.loads(text, parse_float=str, parse_int=str)


def measured_in(record: WholeRecord) -> list[Measured]:
    """Give what each Observation of the file says."""
    return [_measured(each) for each in record.of("Observation")]


def reports_in(record: WholeRecord) -> Counter[tuple[Measured, ...]]:
    """Give what each report of the file says, in its order."""
    by_url = {f"urn:uuid:{each['id']}": _measured(each) for each in record.of("Observation")}
    return Counter(
        tuple(by_url[reference["reference"]] for reference in each.get("result", []))
        for each in record.of("DiagnosticReport")
    )


def shown_of(document: str) -> Measured:
    return shown(as_written(document))


def shown(view: dict[str, Any]) -> Measured:
    """Read what the patient's app gets of one Observation."""
    parts = [view, *view["components"]] if view["value"] is not None else view["components"]
    values = tuple((str(each["value"]), _unit_as_sent(each)) for each in parts)
    return Measured(view["name"], view["measuredAt"], values)


def _unit_as_sent(part: dict[str, Any]) -> str:
    """Give the unit of a value as its hospital wrote it: that stands beside the one people read."""
    return part.get("unitAsSent") or part["unit"] or ""


def _measured(resource: dict[str, Any]) -> Measured:
    parts = [resource, *resource.get("component", [])]
    values = tuple(found for each in parts if (found := _value(each)) is not None)
    name = resource["code"].get("text") or resource["code"]["coding"][0]["display"]
    return Measured(normalize("NFC", name), resource["effectiveDateTime"], values)


def _value(part: dict[str, Any]) -> tuple[str, str] | None:
    if "valueQuantity" in part:
        return part["valueQuantity"]["value"], part["valueQuantity"]["unit"]
    if "valueCodeableConcept" in part:
        concept = part["valueCodeableConcept"]
        return normalize("NFC", concept.get("text") or concept["coding"][0]["display"]), ""
    return (normalize("NFC", part["valueString"]), "") if "valueString" in part else None
