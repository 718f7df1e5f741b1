"""Reads FHIR Appointments and MedicationRequests."""

from datetime import timedelta
from typing import Final

from backend.intake.fhir.model.bundle import PRIOR, Entry
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import (
    Resource,
    codes_of,
    end_of_partial,
    first_of,
    instant,
    one_of,
    words_of,
)
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.codings import coded_of
from backend.intake.fhir.resources.course import starts_at
from backend.intake.fhir.resources.diagnostic_report import filed
from backend.intake.fhir.resources.timing import dosage_text, instructions_of, plan_of_request
from backend.records.filing.contents import AppointmentContent, MedicineContent, RecordReference

_APPOINTMENT = frozenset(
    {"proposed", "pending", "booked", "arrived", "fulfilled", "cancelled", "noshow",
     "entered-in-error", "checked-in", "waitlist"}
)  # fmt: skip
_LONGEST_MINUTES: Final = 31 * 24 * 60
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
        lasts=_lasts(resource),
        description=first_of(resource.get("description"), *map(words_of, kinds)),
        where=_where(resource),
        instructions=resource.get("patientInstruction"),
    )


def _lasts(appointment: Resource) -> timedelta | None:
    """Read how long it takes; what is too long to be one appointment says no end."""
    minutes = int(appointment.get("minutesDuration", 0))
    return timedelta(minutes=minutes) if 0 < minutes <= _LONGEST_MINUTES else None


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
    in_force = (
        status == "active"
        and intent not in {"proposal", "plan", "option"}
        and not resource.get("doNotPerform")
    )
    named, medication = _medication(entry, references)
    coded = coded_of(resource | {"medicationCodeableConcept": medication})
    return MedicineContent(
        **filed(entry, keys) | {"coded": coded},
        status=status,
        happened_at=instant(resource.get("authoredOn")),
        happened_until=end_of_partial(resource.get("authoredOn")),
        name=first_of(words_of(medication), named) or "",
        dosage=dosage_text(resource.get("dosageInstruction", [])),
        instructions=instructions_of(resource),
        prescribed_at=resource.get("authoredOn"),
        plan=plan_of_request(resource) if in_force else None,
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
