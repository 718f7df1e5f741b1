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
from backend.records.kinds import TABLES
from backend.records.rules import told_of_appointment
from backend.records.visibility.restriction_config import strictest

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
        return await unchanged(_KIND, filing, content, before), None
    starts_at = content.starts_at or (before and before["starts_at"])
    if starts_at is None:
        return None, None
    row = row_for(before, content)
    filled_in = filing.fill_in(content, TABLES[_KIND], row, is_new=before is None)
    provenance = rendering.Provenance(
        id=row, facility=filing.facility_name, as_of=as_of(filing, content)
    )
    own = {
        "id": row,
        "starts_at": starts_at,
        "sequence": 0 if before is None else before["sequence"] + 1,
        "hidden": _is_taken_back(content) or is_hidden(content),
        "taken_back_at": _taken_back_at(filing, content, before),
        "restriction": strictest(content.restriction, filled_in.restriction),
        "body": rendering.filled(
            rendering.appointment(content, starts_at, provenance), filled_in.fields
        ),
    }
    filed = await file(_KIND, filing, content, before, own)
    return filed, _notice(filing, content, before, row, starts_at)


def _is_taken_back(content: AppointmentContent) -> bool:
    return content.status == "entered-in-error"


def _taken_back_at(
    filing: Filing, content: AppointmentContent, before: Row | None
) -> datetime | None:
    """Say since when one that was shown counts as an error; of others no calendar is told."""
    if before is None or not _is_taken_back(content) or is_hidden(content):
        return None
    was_shown = not before["hidden"] and before["visible_from"] is not None
    return filing.accepted_at if was_shown else before["taken_back_at"]


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
