"""Writes each record of a summary as FHIR: texts as stored, codes as sent.

An element that FHIR requires and no sender gave is marked as unknown, never invented.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from backend.records.coded import Coded, Coding
from backend.records.kinds import kind_of
from backend.records.summary.fhir_parts import (
    UNKNOWN,
    Resource,
    absent,
    among,
    as_many,
    codings,
    concept,
    concepts,
    interpretations,
    moment,
    notes,
    ranges,
    span,
    state,
    without_nothing,
    words,
)
from backend.records.summary.rules import SummaryItem
from backend.records.wording.dates import as_date

_CLINICAL: Final = frozenset(
    {"active", "recurrence", "relapse", "inactive", "remission", "resolved"}
)
_VERIFIED: Final = frozenset({"unconfirmed", "provisional", "differential", "confirmed"})
_ALLERGY_VERIFIED: Final = frozenset({"unconfirmed", "confirmed"})
PRESCRIPTION_CODE: Final = "urn:vn:prescription-code"
_COMPARATORS: Final = frozenset({"<", "<=", ">=", ">"})


def urn(name: UUID) -> str:
    """Give the `urn:uuid` of a resource in the document."""
    return f"urn:uuid:{name}"


def resource_of(item: SummaryItem, patient: UUID) -> Resource:
    """Write one record. Its `meta.source` is the Organization of the document it comes from."""
    write = _WRITERS[item.kind]
    said: Resource = without_nothing(
        {
            "resourceType": kind_of(item.kind).fhir,
            "id": str(item.id),
            "meta": {"source": urn(item.facility)},
            **write(item, {"reference": urn(patient)}, {"reference": urn(item.facility)}),
        }
    )
    return said


def _allergy(item: SummaryItem, patient: Resource, _: Resource) -> Resource:
    view, coded = item.view, item.coded
    manifestations = as_many(coded.manifestations, len(view["reactions"]))
    return {
        "clinicalStatus": state(view["status"], "allergyintolerance-clinical", _CLINICAL)
        or UNKNOWN,
        "verificationStatus": state(
            view["verification"], "allergyintolerance-verification", _ALLERGY_VERIFIED
        ),
        "type": among(view["type"], "allergy", "intolerance"),
        "category": [
            category
            for category in view["categories"]
            if among(category, "food", "medication", "environment", "biologic")
        ],
        "criticality": among(view["criticality"], "low", "high", "unable-to-assess"),
        "code": concept(coded.code, view["name"]),
        "patient": patient,
        **moment("onset", view["onset"]),
        "recordedDate": as_date(view["recordedAt"]),
        "note": notes(view["note"]),
        "reaction": [
            {
                "substance": words(said["substance"]),
                "manifestation": concepts(codes, said["manifestations"]) or [UNKNOWN],
                "severity": among(said["severity"], "mild", "moderate", "severe"),
                "onset": as_date(said["onset"]),
            }
            for said, codes in zip(view["reactions"], manifestations, strict=True)
        ],
    }


def _condition(item: SummaryItem, patient: Resource, _: Resource) -> Resource:
    view = item.view
    return {
        "clinicalStatus": state(view["status"], "condition-clinical", _CLINICAL) or UNKNOWN,
        "verificationStatus": state(view["verification"], "condition-ver-status", _VERIFIED),
        "category": concepts(item.coded.categories, view["categories"]),
        "severity": words(view["severity"]),
        "code": concept(item.coded.code, view["name"]),
        "subject": patient,
        **moment("onset", view["onset"]),
        "recordedDate": as_date(view["recordedAt"]),
        "note": notes(view["note"]),
    }


def _medicine(item: SummaryItem, patient: Resource, facility: Resource) -> Resource:
    view = item.view
    intent: Resource = {"intent": item.coded.intent} if item.coded.intent else {"_intent": UNKNOWN}
    dosage = {"text": view["dosage"], "patientInstruction": view["instructions"]}
    code = view.get("prescriptionCode")
    return {
        "groupIdentifier": {"system": PRESCRIPTION_CODE, "value": code} if code else None,
        "status": view["status"],
        **intent,
        "medicationCodeableConcept": concept(item.coded.code, view["name"]),
        "subject": patient,
        "authoredOn": as_date(view["prescribedAt"]),
        "requester": facility,
        "dosageInstruction": [dosage] if any(dosage.values()) else [],
    }


def _statement(item: SummaryItem, patient: Resource, facility: Resource) -> Resource:
    view = item.view
    return {
        "status": view["status"],
        "medicationCodeableConcept": concept(item.coded.code, view["name"]),
        "subject": patient,
        **span("effective", view["begins"], view["ends"]),
        "informationSource": facility,
        "reasonCode": [{"text": reason} for reason in view["reasons"]],
        "note": notes(view["note"]),
        "dosage": [{"text": view["dosage"]}] if view["dosage"] else [],
    }


def _immunisation(item: SummaryItem, patient: Resource, facility: Resource) -> Resource:
    view, occurred = item.view, item.view["occurred"]
    protocol = {
        "targetDisease": concepts(item.coded.targets, view["targets"]),
        "doseNumberString": view["doseNumber"],
    }
    return {
        "status": view["status"],
        "vaccineCode": concept(item.coded.code, view["vaccine"]),
        "patient": patient,
        **moment("occurrence", occurred, unknown=True),
        "lotNumber": view["lot"],
        "site": words(view["site"]),
        "route": words(view["route"]),
        "performer": [{"actor": facility}],
        "note": notes(view["note"]),
        "protocolApplied": [protocol] if view["doseNumber"] else [],
    }


def _procedure(item: SummaryItem, patient: Resource, facility: Resource) -> Resource:
    view = item.view
    return {
        "status": view["status"],
        "code": concept(item.coded.code, view["name"]),
        "subject": patient,
        **span("performed", view["performed"], view["ended"]),
        "performer": [{"actor": facility}],
        "reasonCode": [{"text": reason} for reason in view["reasons"]],
        "bodySite": [{"text": site} for site in view["bodySites"]],
        "outcome": words(view["outcome"]),
        "note": notes(view["note"]),
    }


def _observation(item: SummaryItem, patient: Resource, facility: Resource) -> Resource:
    view, coded = item.view, item.coded
    parts = as_many(coded.components, len(view["components"]), Coded())
    found = _found(view, coded)
    if not found and not parts:
        found = {"dataAbsentReason": absent(view)}
    return {
        "status": view["status"],
        "category": [{"coding": codings(category)} for category in coded.categories if category]
        or [UNKNOWN],
        "code": concept(coded.code, view["name"]),
        "subject": patient,
        **moment("effective", view["measuredAt"], unknown=True),
        "performer": [facility],
        **found,
        "interpretation": interpretations(view, coded),
        "note": notes(view["note"]),
        "bodySite": words(view["bodySite"]),
        "method": words(view["method"]),
        "specimen": {"display": view["specimen"]} if view["specimen"] else None,
        "referenceRange": ranges(view),
        "component": [
            {
                "code": concept(codes.code, part["name"]),
                **(_found(part, codes) or {"dataAbsentReason": absent(part)}),
                "interpretation": interpretations(part, codes),
                "referenceRange": ranges(part),
            }
            for part, codes in zip(view["components"], parts, strict=True)
        ],
    }


def _found(part: Resource, coded: Coded) -> Resource:
    """Write what was found. A number keeps every digit; what has a comparator of no kind is text.

    What came as a ratio, a range or a period is text here, since the document has it as text.
    """
    value, comparator = part["value"], part["comparator"]
    if part["series"]:
        return {"valueSampledData": _series(part["series"])}
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, str):
        return _found_text(part, coded)
    if comparator and comparator not in _COMPARATORS:
        return {"valueString": f"{comparator}{value} {part['unit'] or ''}".strip()}
    quantity = {"value": value, "comparator": comparator, **_unit(part["unit"], coded.unit)}
    return {"valueQuantity": quantity}


def _found_text(part: Resource, coded: Coded) -> Resource:
    if as_date(part.get("valueAsSent")):
        return {"valueDateTime": part["valueAsSent"]}
    if coded.value:
        return {"valueCodeableConcept": concept(coded.value, part["value"])}
    return {"valueString": part["value"]}


def _unit(text: str | None, coded: Coding | None) -> Resource:
    """Write the unit; a code counts only with its system (qty-3)."""
    if coded is None or not coded.system:
        return {"unit": text}
    return {"unit": text, "system": coded.system, "code": coded.code}


def _series(said: Resource) -> Resource:
    return {
        "origin": {"value": said["origin"], "unit": said["unit"]},
        "period": said["period"],
        "factor": said["factor"],
        "lowerLimit": said["lowerLimit"],
        "upperLimit": said["upperLimit"],
        "dimensions": said["dimensions"],
        "data": said["data"],
    }


_WRITERS: Final[dict[str, Callable[[SummaryItem, Resource, Resource], Resource]]] = {
    "allergy": _allergy,
    "condition": _condition,
    "medicine": _medicine,
    "medication_statement": _statement,
    "immunisation": _immunisation,
    "procedure": _procedure,
    "observation": _observation,
}
