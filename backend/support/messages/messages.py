"""Lists a patient's messages for staff, with the result of each delivery."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from backend.core.database import Row, fetch, fetch_one
from backend.core.http.pagination import DEFAULT_LIMIT, PagedList
from backend.core.odd_rows.unreadable import note_unreadable
from backend.notifications.kinds import Kind
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.messages.message_views import SupportMessageView, message_view
from backend.support.patients.cases import open_case, patient_in_scope
from backend.support.patients.search import PatientView, masked_patients
from backend.support.rules import Action

_KINDS = frozenset(Kind)
FACILITYS_OWN = "n.received_event IS NOT NULL"
"""For statements with the notification as `n`: a facility's message caused it, so it is neither a
code nor a security notice."""
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


class Messages(Struct, frozen=True, rename="camel"):
    items: list[SupportMessageView]
    next_cursor: str | None
    left_out: int = 0
    """How many of this page are of a kind that this process does not know."""


class FoundMessage(Struct, frozen=True, rename="camel"):
    patient: PatientView
    message: SupportMessageView


class FoundMessages(Struct, frozen=True, rename="camel"):
    items: list[FoundMessage]


async def messages_of(
    staff: StaffCaller, patient: UUID, cursor: str | None, limit: int
) -> Messages:
    """Read one page of a patient's messages, newest first.

    Raises:
        SearchFirst, NotFound: not a chart that they have looked up, or may meet.
        BadCursor: the cursor is not one of ours.
    """
    async with audited_action(staff, Action.READ_MESSAGES, why="") as act:
        await patient_in_scope(act, patient)
        pages = PagedList("messages", staff.staff, patient)
        return await history(
            patient, pages, facility=staff.facility, before=pages.row_in(cursor), limit=limit
        )


async def find_message(staff: StaffCaller, reference: str, reason: str) -> FoundMessages:
    """Find the message with this reference, and open a case about its patient."""
    async with audited_action(staff, Action.SEARCH, reason) as act:
        row = await fetch_one(
            "SELECT d.id, d.patient, n.id AS notification FROM delivery d"
            " JOIN notification n ON n.id = d.notification"
            f" WHERE d.reference = $1 AND n.facility = $2 AND {FACILITYS_OWN}"
            " ORDER BY d.id DESC LIMIT 1",
            _tidy(reference), staff.facility,
        )  # fmt: skip
        patients = await masked_patients(staff, [row["patient"]]) if row else []
        if not row or not patients:
            act.result = "not_found"
            return FoundMessages([])
        act.subject = row["id"]
        await open_case(staff, [row["patient"]], reason)
        views = await _views(await _notifications("n.id = $1", row["notification"]))
        return FoundMessages([FoundMessage(patients[0], view) for view in views])


def _tidy(reference: str) -> str:
    """Read what somebody spells out over the phone."""
    return "".join(letter for letter in reference.upper() if letter in LETTERS)[:5]


async def history(
    patient: UUID,
    pages: PagedList,
    *,
    facility: UUID | None,
    before: UUID | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Messages:
    """List a patient's messages, newest first. The callers write the audit row."""
    rows = await _notifications(
        f"n.patient = $1 AND n.facility = $2 AND {FACILITYS_OWN}"
        " AND ($3::uuid IS NULL OR n.id < $3)",
        patient, facility, before, limit=limit + 1,
    )  # fmt: skip
    more = len(rows) > limit
    views = await _views(rows[:limit])
    following = pages.cursor(rows[limit - 1]["id"] if more else None)
    return Messages(views, following, len(rows[:limit]) - len(views))


async def _notifications(which: str, *values: object, limit: int = 1) -> Sequence[Row]:
    """Read notifications by one of the two conditions above; they are text of this file."""
    return await fetch(
        "SELECT n.id, n.kind, n.accepted_at, n.expires_at, n.read_at, n.grouped_into, f.short_name"
        f" FROM notification n JOIN facility f ON f.id = n.facility WHERE {which}"
        f" ORDER BY n.id DESC LIMIT {limit:d}",
        *values,
    )


async def _views(notifications: Sequence[Row]) -> list[SupportMessageView]:
    deliveries = await fetch(
        "SELECT d.id, d.notification, d.channel, d.status, d.reason, d.reference, d.created_at,"
        " d.due_at, d.sent_at, d.delivered_at, d.ended_at, d.contact, c.number,"
        " d.device, v.platform, v.details FROM delivery d"
        " LEFT JOIN contact_point c ON c.id = d.contact"
        " LEFT JOIN device v ON v.id = d.device WHERE d.notification = ANY($1) ORDER BY d.id",
        [row["id"] for row in notifications],
    )
    steps = await fetch(
        "SELECT delivery, at, source, status AS word, code FROM delivery_event"
        " WHERE delivery = ANY($1) UNION ALL"
        " SELECT delivery, coalesce(answered_at, claimed_at), 'attempt', outcome, code"
        " FROM attempt WHERE delivery = ANY($1) ORDER BY at",
        [row["id"] for row in deliveries],
    )
    known = [row for row in notifications if row["kind"] in _KINDS]
    if len(known) < len(notifications):
        note_unreadable("notification", "kind", len(notifications) - len(known))
    return [message_view(row, Kind(row["kind"]), deliveries, steps) for row in known]
