"""Lists for auditors who did what to a patient's data: actions and reasons, no content."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backend.auth.identity import citizen_id
from backend.auth.registration.patients import find_by_citizen_id
from backend.core.database import Row, fetch
from backend.core.errors import HubError
from backend.core.http.pagination import PagedList
from backend.core.odd_rows.unreadable import reason_shown
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.patients.cases import in_scope
from backend.support.rules import Action


class OnePatient(HubError):
    """Name one patient, by the hub's id or by a citizen id."""

    code = "one_patient"
    status = 422


class ActView(Struct, frozen=True, rename="camel"):
    """One action. The operator of the hub, but no auditor, knows its network address."""

    at: datetime
    actor_kind: str
    actor: UUID | None
    staff_name: str | None
    """What somebody of the staff signs in with."""
    what: str
    why: str
    result: str
    times: int
    """How often: several refusals may be one row."""


class AuditTrail(Struct, frozen=True, rename="camel"):
    patient: UUID | None
    items: list[ActView]
    next_cursor: str | None


class Sought(Struct, frozen=True):
    """The patient of a search, and the page."""

    patient: UUID | None
    citizen_number: str | None
    cursor: str | None
    limit: int


async def audit_trail(staff: StaffCaller, sought: Sought, reason: str) -> AuditTrail:
    """Read a page of actions, newest first. An auditor of one facility sees its actions only.

    Raises:
        OnePatient: none or two were named.
        NotACitizenId: it cannot be one.
        BadCursor: the cursor is not one of ours.
    """
    async with audited_action(staff, Action.READ_AUDIT, reason) as act:
        patient = await _named(sought)
        if patient is None or await in_scope(staff, patient) is None:
            act.result = "not_found"
            return AuditTrail(None, [], None)
        act.patient = patient
        pages = PagedList("audit", staff.staff, patient)
        rows = await _acts(staff, patient, sought.limit, pages.row_in(sought.cursor))
    more = len(rows) > sought.limit
    return AuditTrail(
        patient,
        [_view(row) for row in rows[: sought.limit]],
        pages.cursor(rows[sought.limit - 1]["id"] if more else None),
    )


async def _named(sought: Sought) -> UUID | None:
    if (sought.patient is None) is (sought.citizen_number is None):
        raise OnePatient
    if sought.citizen_number is not None:
        return await find_by_citizen_id(citizen_id.parse(sought.citizen_number))
    return sought.patient


async def _acts(staff: StaffCaller, patient: UUID, limit: int, before: UUID | None) -> list[Row]:
    return list(
        await fetch(
            "SELECT a.id, a.at, a.actor_kind, a.actor, a.action, a.why, a.why_digest,"
            " a.result, a.stands_for, s.name FROM audit_event a"
            " LEFT JOIN staff s ON a.actor_kind = 'staff' AND s.id = a.actor"
            " WHERE a.patient = $1 AND ($2::uuid IS NULL OR s.facility = $2 OR a.actor = $2)"
            " AND ($3::uuid IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $4",
            patient, staff.facility, before, limit + 1,
        )
    )  # fmt: skip


def _view(row: Row) -> ActView:
    return ActView(
        row["at"], row["actor_kind"], row["actor"], row["name"], row["action"],
        reason_shown(row["why"], row["why_digest"]), row["result"], row["stands_for"],
    )  # fmt: skip
