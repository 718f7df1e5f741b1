"""Marks a phone number as wrong, so that nothing more goes there; undone within a day."""

from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from backend.auth.phones.phones import keep_the_one_before
from backend.core.database import Row, execute, fetch, fetch_one, new_id
from backend.core.errors import HubError, NotFound
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.told import CAUSED_BY_FACILITY
from backend.support.audited_action import AuditedAction, StaffCaller, audited_action
from backend.support.patients.cases import IN_SCOPE
from backend.support.patients.search import GIVEN
from backend.support.rules import WRONG_NUMBER, Action

UNDO_WITHIN = timedelta(hours=24)


class NothingToUndo(HubError):
    """No member of staff has reported this number as wrong within the last 24 hours."""

    code = "nothing_to_undo"
    status = 409


class NumberView(Struct, frozen=True, rename="camel"):
    contact: UUID
    wrong: bool


async def mark_wrong(staff: StaffCaller, patient: UUID, contact: UUID, reason: str) -> NumberView:
    """Stop the use of a number for this patient. A second report changes nothing.

    Raises:
        NotFound: the patient has no such number, or is out of this person's reach.
    """
    async with audited_action(staff, Action.MARK_NUMBER, reason) as act:
        number = await _locked(act, patient, contact)
        if await _open_report(contact) is None:
            await _report(staff, number)
        await _stop_notices(patient, contact)
    return NumberView(contact, wrong=True)


async def undo_wrong(staff: StaffCaller, patient: UUID, contact: UUID) -> NumberView:
    """Take the report back. What was stopped stays stopped: staff may resend it.

    Raises:
        NotFound: as above.
        NothingToUndo: there is no report, or it is older than a day.
    """
    async with audited_action(staff, Action.MARK_NUMBER, why="undo") as act:
        await _locked(act, patient, contact)
        report = await _open_report(contact)
        if report is None:
            raise NothingToUndo
        await execute(
            "UPDATE number_report SET undone_at = hub_clock() WHERE id = $1", report["id"]
        )
        await execute(
            "UPDATE contact_point SET wrong_since = $2 WHERE id = $1",
            contact, report["wrong_before"],
        )  # fmt: skip
    return NumberView(contact, wrong=False)


async def _locked(act: AuditedAction, patient: UUID, contact: UUID) -> Row:
    act.subject = contact
    row = await fetch_one(
        "SELECT c.id, c.confirmed_at, c.wrong_since FROM contact_point c"
        " JOIN patient p ON p.id = c.patient"
        f" WHERE c.id = $1 AND p.id = $3 AND {IN_SCOPE} AND {GIVEN} FOR NO KEY UPDATE OF c",
        contact, act.staff.facility, patient,
    )  # fmt: skip
    if row is None:
        raise NotFound
    act.patient = patient
    return row


async def _open_report(contact: UUID) -> Row | None:
    return await fetch_one(
        "SELECT id, wrong_before FROM number_report"
        " WHERE contact = $1 AND undone_at IS NULL AND created_at > hub_clock() - $2::interval"
        " ORDER BY created_at DESC LIMIT 1",
        contact, UNDO_WITHIN,
    )  # fmt: skip


async def _report(staff: StaffCaller, number: Row) -> None:
    await execute(
        "INSERT INTO number_report (id, contact, staff, confirmed_before, wrong_before, created_at)"
        " VALUES ($1, $2, $3, $4, $5, hub_clock())",
        new_id(), number["id"], staff.staff, number["confirmed_at"], number["wrong_since"],
    )  # fmt: skip
    await keep_the_one_before(number["id"])
    await execute(
        "UPDATE contact_point SET wrong_since = coalesce(wrong_since, hub_clock()) WHERE id = $1",
        number["id"],
    )


async def _stop_notices(patient: UUID, contact: UUID) -> None:
    """Stop what waits of the facility's own notices; a security notice goes there all the same.

    What a worker holds may be on the wire, and what waits to be repeated may have arrived: its
    receipt must stay welcome. Both are decided again before they are sent, and find no number.
    """
    waiting = set(may_become(Status.SUPPRESSED)) - {Status.SENDING.value}
    stopped = await fetch(
        "UPDATE delivery d SET status = $3, reason = $4, ended_at = hub_clock()"
        " FROM notification n WHERE n.id = d.notification AND d.patient = $1 AND d.contact = $2"
        f" AND d.status = ANY($5) AND {CAUSED_BY_FACILITY} AND NOT d.verify_before_retry"
        " RETURNING d.id",
        patient, contact, Status.SUPPRESSED.value, WRONG_NUMBER, sorted(waiting),
    )  # fmt: skip
    await execute(
        "INSERT INTO delivery_event (delivery, status, source, code)"
        " SELECT id, $2, 'staff', $3 FROM unnest($1::uuid[]) AS s (id)",
        [row["id"] for row in stopped], Status.SUPPRESSED.value, WRONG_NUMBER,
    )  # fmt: skip
