"""Writes each record of a summary as FHIR: texts as stored, codes as sent.

An element that FHIR requires and no sender gave is marked as unknown, never invented.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from backend.records.coded import Coded
from backend.records.kinds import kind_of
from backend.records.summary.fhir_parts import (
    UNKNOWN,
    Resource,
    all_texts,
    among,
    amount,
    as_many,
    concept,
    concepts,
    display,
    moment,
    notes,
    span,
    state,
    without_nothing,
    words,
)
from backend.records.summary.observation_entry import observation_entry
from backend.records.summary.rules import SummaryItem
from backend.records.wording.dates import as_date

_CLINICAL: Final = frozenset(
    {"active", "recurrence", "relapse", "inactive", "remission", "resolved"}
)
_VERIFIED: Final = frozenset({"unconfirmed", "provisional", "differential", "confirmed"})
_ALLERGY_VERIFIED: Final = frozenset({"unconfirmed", "confirmed"})
PRESCRIPTION_CODE: Final = "urn:vn:prescription-code"


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
        "recorder": display(view.get("recorder")),
        "asserter": display(view.get("asserter")),
        "lastOccurrence": as_date(view.get("lastOccurrence")),
        "note": notes(view["note"]),
        "reaction": [
            {
                "substance": words(said["substance"]),
                "manifestation": concepts(codes, said["manifestations"]) or [UNKNOWN],
                "severity": among(said["severity"], "mild", "moderate", "severe"),
                "onset": as_date(said["onset"]),
                "description": said.get("description"),
                "exposureRoute": words(said.get("exposureRoute")),
                "note": notes(said.get("note")),
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
        "bodySite": all_texts(view.get("bodySites")),
        **moment("onset", view["onset"]),
        "recordedDate": as_date(view["recordedAt"]),
        "recorder": display(view.get("recorder")),
        "asserter": display(view.get("asserter")),
        "stage": [
            {"summary": words(part["stage"]), "type": words(part["kind"])}
            for part in view.get("stages", [])
        ],
        "evidence": [{"code": [words(sign)]} for sign in view.get("evidence", [])],
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
        "requester": display(view.get("requester")) or facility,
        "statusReason": words(view.get("statusReason")),
        "reasonCode": all_texts(view.get("reasons")),
        "dosageInstruction": [dosage] if any(dosage.values()) else [],
        "dispenseRequest": {
            "quantity": amount(view.get("quantity")),
            "numberOfRepeatsAllowed": view.get("repeats"),
        },
    }


def _statement(item: SummaryItem, patient: Resource, facility: Resource) -> Resource:
    view = item.view
    return {
        "status": view["status"],
        "statusReason": all_texts(view.get("statusReasons")),
        "category": words(view.get("category")),
        "medicationCodeableConcept": concept(item.coded.code, view["name"]),
        "subject": patient,
        "dateAsserted": as_date(view.get("statedAt")),
        **span("effective", view["begins"], view["ends"]),
        "informationSource": facility,
        "reasonCode": all_texts(view["reasons"]),
        "note": notes(view["note"]),
        "dosage": [{"text": view["dosage"]}] if view["dosage"] else [],
    }


def _immunisation(item: SummaryItem, patient: Resource, facility: Resource) -> Resource:
    view, occurred = item.view, item.view["occurred"]
    return {
        "status": view["status"],
        "statusReason": words(view.get("statusReason")),
        "vaccineCode": concept(item.coded.code, view["vaccine"]),
        "patient": patient,
        **moment("occurrence", occurred, unknown=True),
        "location": display(view.get("where")),
        "manufacturer": display(view.get("maker")),
        "lotNumber": view["lot"],
        "expirationDate": as_date(view.get("expires")),
        "site": words(view["site"]),
        "route": words(view["route"]),
        "doseQuantity": amount(view.get("dose")),
        "performer": [{"actor": actor} for actor in (facility, *map(display, view["people"]))],
        "note": notes(view["note"]),
        "reasonCode": all_texts(view.get("reasons")),
        "isSubpotent": view.get("subpotent"),
        "reaction": [{"detail": display(seen)} for seen in view.get("reactions", [])],
        "protocolApplied": _protocols(view, item.coded),
    }


def _protocols(view: Resource, coded: Coded) -> list[Resource]:
    """Write each plan of doses with its own diseases; a row from before has one plan."""
    plans = view.get("protocols") or (
        [{"doseNumber": view["doseNumber"], "targets": view["targets"]}]
        if view["doseNumber"]
        else []
    )
    codes = as_many(coded.targets, sum(len(plan["targets"]) for plan in plans))
    kept = iter(codes)
    return [
        {
            "series": plan.get("series"),
            "targetDisease": [concept(next(kept), target) for target in plan["targets"]],
            **(
                {"doseNumberString": plan["doseNumber"]}
                if plan["doseNumber"]
                else {"_doseNumberString": UNKNOWN}
            ),
            "seriesDosesString": plan.get("seriesDoses"),
        }
        for plan in plans
    ]


def _procedure(item: SummaryItem, patient: Resource, facility: Resource) -> Resource:
    view = item.view
    return {
        "status": view["status"],
        "statusReason": words(view.get("statusReason")),
        "category": words(view.get("category")),
        "code": concept(item.coded.code, view["name"]),
        "subject": patient,
        **span("performed", view["performed"], view["ended"]),
        "performer": [{"actor": actor} for actor in (facility, *map(display, view["people"]))],
        "location": display(view.get("where")),
        "reasonCode": all_texts(view["reasons"]),
        "bodySite": all_texts(view["bodySites"]),
        "outcome": words(view["outcome"]),
        "complication": all_texts(view.get("complications")),
        "followUp": all_texts(view.get("followUp")),
        "usedCode": all_texts(view.get("devices")),
        "note": notes(view["note"]),
    }


_WRITERS: Final[dict[str, Callable[[SummaryItem, Resource, Resource], Resource]]] = {
    "allergy": _allergy,
    "condition": _condition,
    "medicine": _medicine,
    "medication_statement": _statement,
    "immunisation": _immunisation,
    "procedure": _procedure,
    "observation": observation_entry,
}
