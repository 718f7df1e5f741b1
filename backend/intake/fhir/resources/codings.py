"""Reads the codes of each concept, without its texts, for summary and release.

A coding with words that no output may contain is left out, since its code means the same.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final
from unicodedata import normalize

from backend.intake.fhir.model.datatypes import Resource
from backend.intake.fhir.resources.security_labels import is_never_shown
from backend.records.coded import Coded, Coding, Concept, coded_json
from backend.records.visibility.restriction_config import rules


def coded_of(resource: Resource) -> str:
    """Give the codes of a resource to store; none for kinds that no program asks for."""
    read = _READERS.get(resource["resourceType"])
    return coded_json(read(resource)) if read else ""


def _concept(concept: Any) -> Concept:
    """Read the codings of a CodeableConcept, or of nothing."""
    found = [_coding(coding) for coding in (concept or {}).get("coding", [])]
    return [coding for coding in found if coding is not None]


def _coding(said: Resource) -> Coding | None:
    display = normalize("NFC", said.get("display", ""))
    if not said.get("code") or rules().masked(display) != display:
        return None
    return Coding(system=said.get("system", ""), code=said["code"], display=display)


def _concepts(concepts: Sequence[Resource]) -> list[Concept]:
    return list(map(_concept, concepts))


def _observation(resource: Resource) -> Coded:
    return Coded(
        **_measured(resource),
        categories=_concepts(resource.get("category", [])),
        components=[
            Coded(**_measured(component))
            for component in resource.get("component", [])
            if not is_never_shown(component)
        ],
    )


def _measured(part: Resource) -> dict[str, Any]:
    quantity: Resource = part.get("valueQuantity", {})
    unit = _coding({"system": quantity.get("system", ""), "code": quantity.get("code")})
    return {
        "code": _concept(part["code"]),
        "value": _concept(part.get("valueCodeableConcept")),
        "unit": unit,
        "interpretations": _concepts(part.get("interpretation", [])),
    }


def _stated(resource: Resource) -> Coded:
    """A Condition or a Procedure."""
    categories = resource.get("category", [])
    categories = [categories] if isinstance(categories, dict) else categories
    return Coded(code=_concept(resource.get("code")), categories=_concepts(categories))


def _report(resource: Resource) -> Coded:
    return Coded(categories=_concepts(resource.get("category", [])))


def _allergy(resource: Resource) -> Coded:
    reactions = resource.get("reaction", [])
    return Coded(
        code=_concept(resource.get("code")),
        manifestations=[_concepts(reaction.get("manifestation", [])) for reaction in reactions],
    )


def _immunization(resource: Resource) -> Coded:
    protocols = resource.get("protocolApplied", [])
    return Coded(
        code=_concept(resource["vaccineCode"]),
        targets=[
            concept
            for protocol in protocols
            for concept in _concepts(protocol.get("targetDisease", []))
        ],
    )


def _medicine(resource: Resource) -> Coded:
    """A MedicationRequest or a MedicationStatement; the medicine may be contained in it."""
    wanted = resource.get("medicationReference", {}).get("reference", "")
    contained = (
        inner.get("code")
        for inner in resource.get("contained", [])
        if inner["resourceType"] == "Medication" and wanted == f"#{inner.get('id')}"
    )
    return Coded(
        code=_concept(resource.get("medicationCodeableConcept") or next(contained, None)),
        intent=resource.get("intent", ""),
        forbidden=bool(resource.get("doNotPerform")),
    )


def _named_medicine(resource: Resource) -> Coded:
    return Coded(code=_concept(resource.get("code")))


_READERS: Final[dict[str, Callable[[Resource], Coded]]] = {
    "Observation": _observation,
    "DiagnosticReport": _report,
    "DocumentReference": _report,
    "Condition": _stated,
    "Procedure": _stated,
    "AllergyIntolerance": _allergy,
    "Immunization": _immunization,
    "Medication": _named_medicine,
    "MedicationRequest": _medicine,
    "MedicationStatement": _medicine,
}
