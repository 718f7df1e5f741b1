"""Reads FHIR Appointments and MedicationRequests."""

from backend.intake.fhir.model.bundle import PRIOR, Entry
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    amount_of,
    codes_of,
    first_of,
    instant,
    notes_of,
    one_of,
    words_of,
)
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.codings import coded_of
from backend.intake.fhir.resources.course import starts_at
from backend.intake.fhir.resources.diagnostic_report import filed
from backend.intake.fhir.resources.participants import (
    Said,
    ShownBy,
    blanks_of,
    first_name,
    names_with_roles,
    references_in,
)
from backend.intake.fhir.resources.shared_content import reasons_of
from backend.intake.fhir.resources.timing import dosage_text, instructions_of, plan_of_request
from backend.records.filing.contents import AppointmentContent, MedicineContent, RecordReference

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


def appointment(entry: Entry, keys: Keys, references: References) -> AppointmentContent:
    resource, own = entry.resource, filed(entry, keys)
    service_types, specialties = (
        all_words(resource.get(element, [])) for element in ("serviceType", "specialty")
    )
    actors = references_in(resource, "participant", "actor", role="type")
    rooms = [said for said in actors if _is_room(entry, references, said)]
    others = [said for said in actors if said not in rooms]
    return AppointmentContent(
        **own,
        status=one_of(resource, "status", _APPOINTMENT, entry.path),
        happened_at=own["updated"] or instant(resource.get("created")),
        starts_at=instant(resource.get("start")),
        ends_at=instant(resource.get("end")),
        description=first_of(resource.get("description"), *service_types, *specialties),
        instructions=resource.get("patientInstruction"),
        service_types=tuple(service_types),
        specialties=tuple(specialties),
        appointment_type=words_of(resource.get("appointmentType")),
        cancellation_reason=words_of(resource.get("cancelationReason")),
        note=resource.get("comment"),
        blanks=blanks_of(
            entry,
            keys,
            references,
            [
                first_name("where", rooms),
                ShownBy("locations", rooms),
                ShownBy("people", others),
                names_with_roles("participants", others),
                reasons_of(resource),
            ],
        ),
    )


def _is_room(entry: Entry, references: References, said: Said) -> bool:
    element, reference, _ = said
    return references.target(reference, entry, f"{entry.path}.{element}").kind == "Location"


def medicine(entry: Entry, keys: Keys, references: References) -> MedicineContent:
    resource = entry.resource
    handed_out: Resource = resource.get("dispenseRequest", {})
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
        name=first_of(words_of(medication), named) or "",
        dosage=dosage_text(resource.get("dosageInstruction", [])),
        instructions=instructions_of(resource),
        prescribed_at=resource.get("authoredOn"),
        plan=plan_of_request(resource) if in_force else None,
        starts_at=starts_at(resource),
        replaces=_replaces(entry, keys, references),
        quantity=amount_of(handed_out.get("quantity")),
        repeats=handed_out.get("numberOfRepeatsAllowed"),
        status_reason=words_of(resource.get("statusReason")),
        note=notes_of(resource),
        blanks=blanks_of(
            entry,
            keys,
            references,
            [
                first_name("requester", references_in(resource, "requester")),
                reasons_of(resource),
            ],
        ),
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
