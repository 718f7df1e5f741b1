"""Lists for auditors who did what to a chart's data: actions and reasons, no content.

The hub's own auditors see every row of any chart. A facility's auditors see their own charts alone,
and of what people themselves did there: which day, by which proof, and whether it was a caregiver.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from backend.auth.identity import citizen_id
from backend.auth.rules import RecordClass
from backend.core.database import Row, fetch, fetch_one
from backend.core.errors import HubError
from backend.core.http.pagination import PagedList
from backend.core.odd_rows.unreadable import reason_shown
from backend.core.settings import load_settings
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.patients.search import having_citizen_id
from backend.support.rules import Action

READ: Final = "chart.read"
"""What an auditor of a facility reads instead of the class that a person looked at."""
_CLASSES: Final = [record_class.value for record_class in RecordClass]
_GRANT: Final = "grant"


class OnePatient(HubError):
    """Name one patient, by the hub's id or by a citizen id."""

    code = "one_patient"
    status = 422


class ActView(Struct, frozen=True, rename="camel"):
    """One action. The operator of the hub, but no auditor, knows its network address."""

    at: datetime
    """To an auditor of a facility, of what people did: the beginning of the day."""
    actor_kind: str
    actor: UUID | None
    staff_name: str | None
    """What somebody of the staff signs in with."""
    what: str
    why: str
    result: str
    times: int
    """How often: several acts may be one row."""
    by_proof: str | None
    """By which proof a person's session reached the chart: code, slip, vneid, approval or grant."""
    by_caregiver: bool


class AuditTrail(Struct, frozen=True, rename="camel"):
    patient: UUID | None
    items: list[ActView]
    next_cursor: str | None


class Sought(Struct, frozen=True):
    """The chart of a search, and the page."""

    patient: UUID | None
    citizen_number: str | None
    cursor: str | None
    limit: int


async def audit_trail(staff: StaffCaller, sought: Sought, reason: str) -> AuditTrail:
    """Read a page of actions, newest first.

    By a citizen id, an auditor of a facility finds its chart; the hub's own finds the first one.

    Raises:
        OnePatient: none or two were named.
        NotACitizenId: it cannot be one.
        BadCursor: the cursor is not one of ours.
    """
    async with audited_action(staff, Action.READ_AUDIT, reason) as act:
        patient = await _named(staff, sought)
        if patient is None:
            act.result = "not_found"
            return AuditTrail(None, [], None)
        act.patient = patient
        pages = PagedList("audit", staff.staff, patient)
        rows = await _acts(staff, patient, sought.limit, pages.row_in(sought.cursor))
    more = len(rows) > sought.limit
    shown = rows[: sought.limit]
    whole = staff.facility is None
    return AuditTrail(
        patient,
        [_view(row) if whole or row["actor_kind"] != "patient" else _cut_down(row)
         for row in shown],
        pages.cursor(rows[sought.limit - 1]["id"] if more else None),
    )  # fmt: skip


async def _named(staff: StaffCaller, sought: Sought) -> UUID | None:
    if (sought.patient is None) is (sought.citizen_number is None):
        raise OnePatient
    named = [sought.patient]
    if sought.citizen_number is not None:
        named = [*await having_citizen_id(citizen_id.parse(sought.citizen_number))]
    row = await fetch_one(
        "SELECT p.id FROM patient p WHERE p.id = ANY($1)"
        " AND ($2::uuid IS NULL OR p.facility = $2) ORDER BY p.id LIMIT 1",
        named, staff.facility,
    )  # fmt: skip
    return row["id"] if row else None


async def _acts(staff: StaffCaller, patient: UUID, limit: int, before: UUID | None) -> list[Row]:
    """Read what was done: to a facility, by itself and by people who read; no sign-in, no code."""
    return list(
        await fetch(
            "SELECT a.id, a.at, a.actor_kind, a.actor, a.action, a.why, a.why_digest, a.result,"
            " a.stands_for, s.name, g.id IS NOT NULL AS by_caregiver,"
            f" CASE WHEN g.id IS NOT NULL THEN '{_GRANT}' ELSE (SELECT c.proof FROM session_chart c"
            "  WHERE c.session = a.actor AND c.chart = a.patient ORDER BY c.id DESC LIMIT 1)"
            " END AS proof FROM audit_event a"
            " LEFT JOIN staff s ON a.actor_kind = 'staff' AND s.id = a.actor"
            " LEFT JOIN caregiver_grant g ON a.actor_kind = 'patient' AND g.id = a.subject"
            "  AND a.action = ANY($5) WHERE a.patient = $1 AND ($2::uuid IS NULL"
            "  OR s.facility = $2 OR (a.actor_kind = 'facility' AND a.actor = $2)"
            "  OR (a.actor_kind = 'patient' AND a.result = 'done' AND a.action = ANY($5)))"
            " AND ($3::uuid IS NULL OR a.id < $3) ORDER BY a.id DESC LIMIT $4",
            patient, staff.facility, before, limit + 1, _CLASSES,
        )
    )  # fmt: skip


def _view(row: Row) -> ActView:
    return ActView(
        row["at"], row["actor_kind"], row["actor"], row["name"], row["action"],
        reason_shown(row["why"], row["why_digest"]), row["result"], row["stands_for"],
        row["proof"], row["by_caregiver"],
    )  # fmt: skip


def _cut_down(row: Row) -> ActView:
    """Show of a person's reading the day, the proof, and whether it was a caregiver."""
    return ActView(
        _day(row["at"]), "patient", None, None, READ, "", "done", row["stands_for"], row["proof"],
        row["by_caregiver"],
    )  # fmt: skip


def _day(at: datetime) -> datetime:
    local = at.astimezone(ZoneInfo(load_settings().timezone))
    return local - timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second,
        microseconds=local.microsecond,
    )  # fmt: skip
