"""Stores appointments, and decides which notice a change of one causes."""

from datetime import datetime
from uuid import UUID

from backend.core.database import Row
from backend.notifications.kinds import Kind
from backend.notifications.planning.planning import Notice
from backend.records.filing import rendering
from backend.records.filing.contents import AppointmentContent
from backend.records.filing.filing import (
    FiledRecord,
    Filing,
    as_of,
    current,
    event_time,
    file,
    is_hidden,
    is_stale,
    row_for,
    unchanged,
)
from backend.records.filing.parties import resolve_names
from backend.records.rules import told_of_appointment
from backend.records.views.record_views import AppointmentView

_KIND = "Appointment"
_TOLD = {
    "booked": Kind.APPOINTMENT_BOOKED,
    "moved": Kind.APPOINTMENT_MOVED,
    "cancelled": Kind.APPOINTMENT_CANCELLED,
}


async def store_appointment(
    filing: Filing, content: AppointmentContent
) -> tuple[FiledRecord | None, Notice | None]:
    """Store one appointment; one that never had a time is not shown."""
    before = await current(_KIND, filing, content)
    if before is not None and is_stale(content, before):
        return await unchanged(_KIND, content, before), None
    starts_at = content.starts_at or (before and before["starts_at"])
    if starts_at is None:
        return None, None
    row, names = row_for(before), await resolve_names(filing, content, AppointmentView)
    provenance = rendering.Provenance(
        id=row, facility=filing.facility_name, as_of=as_of(filing, content)
    )
    own = {
        "id": row,
        "starts_at": starts_at,
        "sequence": 0 if before is None else before["sequence"] + 1,
        "restriction": content.restriction or names.restriction,
        "hidden": content.status == "entered-in-error" or is_hidden(content),
        "body": rendering.appointment(content, starts_at, provenance, names.fields),
    }
    filed = await file(_KIND, filing, content, before, own)
    return filed, _notice(filing, content, before, row, starts_at)


def _notice(
    filing: Filing, content: AppointmentContent, before: Row | None, row: UUID, starts_at: datetime
) -> Notice | None:
    was = None if before is None else (before["status"], before["starts_at"])
    told = told_of_appointment(was, (content.status, starts_at), filing.accepted_at)
    if told is None:
        return None
    moment = event_time(content, before) or filing.accepted_at
    return Notice(
        patient=filing.patient,
        facility=filing.facility,
        kind=_TOLD[told],
        subject=row,
        happened_at=min(moment, filing.accepted_at),
        accepted_at=filing.accepted_at,
        received_event=filing.received_event,
        sender_id=filing.sender_id,
        subject_version=f"{told}:{filing.change_n}",
        starts_at=starts_at,
    )
