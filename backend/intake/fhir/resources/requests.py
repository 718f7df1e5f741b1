"""Reads FHIR Appointments and MedicationRequests."""

from datetime import timedelta
from typing import Final

from backend.intake.fhir.dosage.course import starts_at
from backend.intake.fhir.dosage.dosage_words import dosage_of, instructions_of, is_certain
from backend.intake.fhir.dosage.plans import plan_of_request
from backend.intake.fhir.model.bundle import PRIOR, Entry
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import (
    Resource,
    all_words,
    amount_of,
    codes_of,
    end_of_partial,
    first_of,
    instant,
    one_of,
    words_of,
)
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.codings import coded_of
from backend.intake.fhir.resources.diagnostic_report import filed
from backend.intake.fhir.resources.participants import (
    Said,
    all_names,
    blanks_of,
    first_name,
    names_with_roles,
    reasons_of,
    references_in,
)
from backend.intake.fhir.resources.prescription_code import prescription_code_of
from backend.records.filing.blanks import CODES
from backend.records.filing.contents import (
    AppointmentContent,
    Blank,
    MedicineContent,
    NameOf,
    RecordReference,
)
from backend.records.wording.order_force import OrderForce, force_of, led_by, medicine_caution

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


def appointment(entry: Entry, keys: Keys, references: References) -> AppointmentContent:
    resource, own = entry.resource, filed(entry, keys)
    service_types, specialties = (
        all_words(resource.get(element, [])) for element in ("serviceType", "specialty")
    )
    return AppointmentContent(
        **own,
        status=one_of(resource, "status", _APPOINTMENT, entry.path),
        happened_at=own["updated"] or instant(resource.get("created")),
        starts_at=instant(resource.get("start")),
        ends_at=instant(resource.get("end")),
        lasts=_lasts(resource),
        description=first_of(resource.get("description"), *service_types, *specialties),
        instructions=resource.get("patientInstruction"),
        service_types=tuple(service_types),
        specialties=tuple(specialties),
        appointment_type=words_of(resource.get("appointmentType")),
        cancellation_reason=words_of(resource.get("cancelationReason")),
        note=resource.get("comment"),
        blanks=_where_and_with_whom(entry, keys, references),
    )


def _lasts(appointment: Resource) -> timedelta | None:
    """Read how long it takes; what is too long to be one appointment says no end."""
    minutes = int(appointment.get("minutesDuration", 0))
    return timedelta(minutes=minutes) if 0 < minutes <= _LONGEST_MINUTES else None


def _where_and_with_whom(entry: Entry, keys: Keys, references: References) -> tuple[Blank, ...]:
    """Tell the places among the participants from the people; the patient is neither."""
    places, people = list[Said](), list[Said]()
    for said in references_in(entry.resource, "participant", "actor", role="type"):
        element, reference, _ = said
        target = references.target(reference, entry, f"{entry.path}.{element}")
        kind = reference.get("type") or target.kind
        if kind in _WITH_WHOM or (not kind and reference.keys() <= _ONLY_A_NAME):
            people.append(said)
        elif kind == "Location":
            places.append(said)
    return blanks_of(
        entry,
        keys,
        references,
        first_name("where", *places),
        all_names("locations", *places),
        all_names("people", *people),
        names_with_roles("participants", *people),
        reasons_of(entry.resource),
    )


_ONLY_A_NAME = frozenset({"display", "id"})
"""Who is only named is taken for the doctor: a patient or a relative has a number or an address."""
_WITH_WHOM = frozenset(
    {"CareTeam", "Device", "HealthcareService", "Organization", "Practitioner", "PractitionerRole"}
)


def medicine(entry: Entry, keys: Keys, references: References) -> MedicineContent:
    resource = entry.resource
    handed_out: Resource = resource.get("dispenseRequest", {})
    words = {"status": _MEDICATION, "intent": _INTENT}
    status, intent = codes_of(resource, words, entry.path)
    force = force_of(intent, do_not_perform=bool(resource.get("doNotPerform")))
    in_force = status == "active" and force is OrderForce.ORDER
    certain = all(map(is_certain, resource.get("dosageInstruction", [])))
    caution = medicine_caution("active", force)
    dosage, in_words = dosage_of(resource.get("dosageInstruction", []))
    if caution is not None:
        dosage, in_words = led_by(caution, dosage, in_words)
    medication, blanks = medication_of(entry, keys, references)
    coded = coded_of(resource | {"medicationCodeableConcept": medication})
    return MedicineContent(
        **filed(entry, keys) | {"coded": coded},
        status=status,
        happened_at=instant(resource.get("authoredOn")),
        happened_until=end_of_partial(resource.get("authoredOn")),
        name=words_of(medication) or "",
        blanks=(
            *blanks,
            *blanks_of(
                entry,
                keys,
                references,
                first_name("requester", *references_in(resource, "requester")),
                reasons_of(resource),
            ),
        ),
        quantity=amount_of(handed_out.get("quantity")),
        repeats=handed_out.get("numberOfRepeatsAllowed"),
        status_reason=words_of(resource.get("statusReason")),
        dosage=dosage,
        dosage_in_words=in_words,
        instructions=instructions_of(resource),
        prescribed_at=resource.get("authoredOn"),
        plan=plan_of_request(resource) if in_force and certain else None,
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


def medication_of(
    entry: Entry, keys: Keys, references: References
) -> tuple[Resource, tuple[Blank, ...]]:
    """Give the medicine of a MedicationRequest, or of another kind that has one.

    A medicine in the record itself, or contained in it, is given as its CodeableConcept, without
    blanks. One in a Medication beside it, sent before or yet to come is given as blanks: the field
    `name` is filled with what the Medication is called, or else with the reference's `display`;
    `blanks.CODES` with its codes. The hub fills both when the record is filed or the Medication
    comes (`records.named.completion`). A kind of record with a medicine calls this, gives the
    concept to its view and the blanks to its content (`ReadContent.blanks`).
    """
    resource = entry.resource
    if "medicationCodeableConcept" in resource:
        return resource["medicationCodeableConcept"], ()
    reference = resource.get("medicationReference", {})
    target = references.target(reference, entry, f"{entry.path}.medicationReference")
    display = NameOf(name=reference.get("display", ""))
    if target.contained is not None:
        code: Resource = target.contained.get("code", {})
        return code, () if words_of(code) else (Blank(field="name", names=(display,)),)
    if not target.is_found or target.kind != "Medication":
        return {}, (Blank(field="name", names=(display,)),)
    named = NameOf(reference=record_reference(target, keys))
    return {}, (
        Blank(field="name", names=(named, display)),
        Blank(field=CODES, names=(named,)),
    )
