"""Opens a case: a member of staff names a patient and a reason, and may read for a while.

The audit row of the search is the case; there is no second row to forget or to forge.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from backend.core.audit import Act, write_down
from backend.core.crypto.reasons import Reason, open_reason, reason, salted_reason
from backend.core.crypto.sealing import UnreadableSeal
from backend.core.database import Row, fetch_one
from backend.core.errors import HubError, NotFound
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, note_unreadable
from backend.support.audited_action import AuditedAction, StaffCaller

OPENED = "support.case"
OPEN_FOR = timedelta(minutes=15)

IN_SCOPE = "(p.facility = $2)"
"""For statements with the chart as `p` and the staff's facility as `$2`: staff meet charts of their
own facility and no others; the hub's own support meets none."""


class NotAtADesk(HubError):
    """Only staff of a facility may do this, because they can look at the paper."""

    code = "not_at_a_desk"
    status = 403


class SearchFirst(HubError):
    """Search for the patient and give a reason first: that opens the case for 15 minutes."""

    code = "search_first"
    status = 403


async def open_case(staff: StaffCaller, patients: Sequence[UUID], why: str | Reason) -> None:
    said = reason(why) if isinstance(why, str) else why
    for patient in patients:
        await write_down(
            Act(actor_kind="staff", actor=staff.staff, patient=patient, action=OPENED, why=said,
                from_where=staff.address)
        )  # fmt: skip


async def reason_of_open_case(staff: StaffCaller, patient: UUID) -> Reason:
    """Give the reason of the newest case of this member of staff about the patient.

    One that cannot be read ends no case: a dash stands for it in what is done now.

    Audit rows bear PostgreSQL's own clock, which tests cannot move, so it is compared with that.

    Raises:
        SearchFirst: they have not looked the patient up in the last 15 minutes.
    """
    row = await fetch_one(
        "SELECT why, why_digest FROM audit_event"
        " WHERE patient = $1 AND actor_kind = 'staff' AND actor = $2 AND action = $3"
        " AND at > clock_timestamp() - $4::interval ORDER BY at DESC LIMIT 1",
        patient, staff.staff, OPENED, OPEN_FOR,
    )  # fmt: skip
    if row is None:
        raise SearchFirst
    try:
        return open_reason(row["why"] or b"", row["why_digest"] or b"")
    except UnreadableSeal:
        note_unreadable("audit_event", "why")
        return salted_reason(UNREADABLE_NAME)


def check_at_a_desk(staff: StaffCaller) -> UUID:
    """Give the facility whose desk it is; refuse staff of none, who cannot have seen a paper.

    Raises:
        NotAtADesk: they belong to none.
    """
    if staff.facility is None:
        raise NotAtADesk
    return staff.facility


async def in_scope(staff: StaffCaller, patient: UUID) -> Row | None:
    """Give the chart's row if it exists and this member of staff may see it."""
    return await fetch_one(
        f"SELECT p.id, p.name, p.deceased_at FROM patient p WHERE p.id = $1 AND {IN_SCOPE}",
        patient, staff.facility,
    )  # fmt: skip


async def patient_in_scope(act: AuditedAction, patient: UUID) -> Row:
    """Give the patient's row, and note the patient and the reason in the action.

    Raises:
        SearchFirst: they have not looked the patient up lately, whether there is one or not.
        NotFound: they have, and it is no chart of their facility any more.
    """
    row = await in_scope(act.staff, patient)
    act.patient = patient if row else None
    act.why = await reason_of_open_case(act.staff, patient)
    if row is None:
        raise NotFound
    return row
