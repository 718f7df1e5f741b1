"""Reads FHIR Appointments and MedicationRequests."""

from backend.intake.fhir.dosage.course import starts_at
from backend.intake.fhir.dosage.dosage_words import dosage_of, instructions_of
from backend.intake.fhir.dosage.plans import plan_of_request
from backend.intake.fhir.model.bundle import PRIOR, Entry
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import (
    Resource,
    codes_of,
    first_of,
    instant,
    one_of,
    words_of,
)
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.codings import coded_of
from backend.intake.fhir.resources.diagnostic_report import filed
from backend.intake.fhir.resources.prescription_code import prescription_code_of
from backend.records.filing.contents import AppointmentContent, MedicineContent, RecordReference
from backend.records.wording.order_force import force_of, led_by, medicine_caution

_APPOINTMENT = frozenset(
    {"proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow",
     "entered-in-error", "checked-in", "waitlist"}
)  # fmt: skip
_MEDICATION = frozenset(
    {"active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft",
     "unknown"}
)  # fmt: skip
_INTENT = frozenset(
    {"proposal", "plan", "order", "original-order", "reflex-order", "filler-order",
     "instance-order", "option"}
)  # fmt: skip


def appointment(entry: Entry, keys: Keys) -> AppointmentContent:
    resource, own = entry.resource, filed(entry, keys)
    kinds = resource.get("serviceType", []) + resource.get("specialty", [])
    return AppointmentContent(
        **own,
        status=one_of(resource, "status", _APPOINTMENT, entry.path),
        happened_at=own["updated"] or instant(resource.get("created")),
        starts_at=instant(resource.get("start")),
        ends_at=instant(resource.get("end")),
        description=first_of(resource.get("description"), *map(words_of, kinds)),
        where=_where(resource),
        instructions=resource.get("patientInstruction"),
    )


def _where(appointment: Resource) -> str | None:
    actors = [participant.get("actor", {}) for participant in appointment.get("participant", [])]
    return first_of(
        *(
            actor.get("display")
            for actor in actors
            if "Location" in {actor.get("type"), actor.get("reference", "").partition("/")[0]}
        )
    )


def medicine(entry: Entry, keys: Keys, references: References) -> MedicineContent:
    resource = entry.resource
    words = {"status": _MEDICATION, "intent": _INTENT}
    status, intent = codes_of(resource, words, entry.path)
    force = force_of(intent, do_not_perform=bool(resource.get("doNotPerform")))
    caution = medicine_caution("active", force)
    dosage, in_words = dosage_of(resource.get("dosageInstruction", []))
    if caution is not None:
        dosage, in_words = led_by(caution, dosage, in_words)
    named, medication = _medication(entry, references)
    coded = coded_of(resource | {"medicationCodeableConcept": medication})
    return MedicineContent(
        **filed(entry, keys) | {"coded": coded},
        status=status,
        happened_at=instant(resource.get("authoredOn")),
        name=first_of(words_of(medication), named) or "",
        dosage=dosage,
        dosage_in_words=in_words,
        instructions=instructions_of(resource),
        prescribed_at=resource.get("authoredOn"),
        plan=plan_of_request(resource) if status == "active" and caution is None else None,
        intent=intent,
        force=force,
        prescription_code=prescription_code_of(resource),
        starts_at=starts_at(resource),
        replaces=_replaces(entry, keys, references),
    )


def _replaces(entry: Entry, keys: Keys, references: References) -> RecordReference | None:
    """Say which earlier prescription it takes the place of; that one may come later, or never."""
    prior = entry.resource.get("priorPrescription")
    if prior is None:
        return None
    path = f"{entry.path}.{PRIOR}"
    target = references.target({"type": "MedicationRequest"} | prior, entry, path)
    named = record_reference(target, keys)
    return named if named.key or named.local_id else None


def _medication(entry: Entry, references: References) -> tuple[str | None, Resource]:
    """Give what a reference calls the medicine, and its code, wherever that stands."""
    resource = entry.resource
    if "medicationCodeableConcept" in resource:
        return None, resource["medicationCodeableConcept"]
    reference = resource["medicationReference"]
    target = references.target(reference, entry, f"{entry.path}.medicationReference")
    medication: Resource = target.contained or (target.entry and target.entry.resource) or {}
    return reference.get("display"), medication.get("code", {})
