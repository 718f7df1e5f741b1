"""Reads each entry of a message as the hub's events, by the kind of its resource."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from backend.intake.fhir import composition
from backend.intake.fhir.further_kinds import (
    care_plan,
    family_history,
    filled_form,
    given_medicines,
)
from backend.intake.fhir.model.bundle import BINARY, PARTIES, Entry
from backend.intake.fhir.model.message_parts import MessageParts
from backend.intake.fhir.model.modifiers import refuse_modified
from backend.intake.fhir.patient_links import number_of, states_unmerged
from backend.intake.fhir.resources import (
    care,
    clinical,
    diagnostic_report,
    document_reference,
    named_resources,
    patient,
    requests,
)
from backend.intake.fhir.resources.order_references import group_of
from backend.intake.fhir.resources.security_labels import may_not_be_pictured
from backend.intake.fhir.resources.shared_content import Reader, shown_content
from backend.intake.pipeline.events import (
    AppointmentEvent,
    Event,
    NotStored,
    ObservationEvent,
    OtherRecordEvent,
    PartyEvent,
    PatientRegistered,
    PrescriptionEvent,
    ReportEvent,
)
from backend.records.filing.contents import SimpleContent


def events_of(entry: Entry, read: MessageParts) -> Iterator[Event]:
    """Give what an entry says; what is contained in it stands before it."""
    if entry.left_out:
        yield NotStored()
        return
    refuse_modified(entry)
    match entry.kind:
        case "Patient":
            person = patient.person(entry, number_of(entry))
            yield PatientRegistered(
                path=entry.path,
                person=person,
                create_only=entry.create_only,
                unmerged=states_unmerged(entry),
                said_at=patient.said_at(entry),
                content_hash=read.keys.content_hash(entry),
                preconditions=entry.preconditions,
            )
        case "Observation":
            measured, contained = diagnostic_report.panel(entry, read.keys, read.references)
            yield from (ObservationEvent(content=resource) for resource in contained)
            yield ObservationEvent(content=measured)
        case "DiagnosticReport":
            report, contained = diagnostic_report.report(entry, read.keys, read.references)
            yield from (ObservationEvent(content=resource) for resource in contained)
            yield ReportEvent(content=report)
        case "Appointment":
            yield AppointmentEvent(content=requests.appointment(entry, read.keys, read.references))
        case "MedicationRequest":
            yield PrescriptionEvent(content=requests.medicine(entry, read.keys, read.references))
        case kind if kind in PARTIES | {BINARY}:
            party = named_resources.party(entry, read.keys, read.references)
            yield PartyEvent(content=party) if party else NotStored()
        case composition.COMPOSITION:
            content = composition.document_of(entry, read.keys, read.references)
            yield OtherRecordEvent(content=content)
        case kind if kind in SHOWN:
            yield OtherRecordEvent(content=_shown(entry, read))
        case _:
            yield NotStored()


def _shown(entry: Entry, read: MessageParts) -> SimpleContent:
    content = shown_content(entry, read.keys, read.references, SHOWN[entry.kind])
    match entry.kind:
        case "ServiceRequest":
            group = group_of(entry, read.keys, read.references)
            return replace(content, columns={**content.columns, "order_group": group})
        case "DocumentReference":
            withheld = may_not_be_pictured(entry.resource)
            beside = (read.keys, read.references)
            files = document_reference.document_files(entry, *beside, withheld=withheld)
            return replace(content, files=files)
        case _:
            return content


SHOWN: Final[dict[str, Reader]] = {
    **care.READERS,
    **document_reference.READERS,
    **clinical.READERS,
    **care_plan.READERS,
    **family_history.READERS,
    **filled_form.READERS,
    **given_medicines.READERS,
}
"""FHIR's word for each kind that is only shown, and what reads it: by the modules that do."""
