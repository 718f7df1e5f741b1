"""A case: somebody of the staff has looked a patient up, said why, and may read on for a while.

The audit row of the finding is the case; there is nothing else that could be forgotten or forged.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from backend.audit import Act, write_down
from backend.database import fetch_one
from backend.errors import HubError
from backend.support.acting import StaffCaller

OPENED = "support.case"
OPEN_FOR = timedelta(minutes=15)

IN_REACH = (
    "($2::uuid IS NULL OR EXISTS (SELECT FROM patient_identifier i"
    " WHERE i.patient = p.id AND i.facility = $2))"
)
"""For statements with the patient as `p` and the staff's facility as `$2`: staff of one facility
meet only people that facility has told the hub about."""


class SearchFirst(HubError):
    """Find the patient first, and say why: that opens their case to you for 15 minutes."""

    code = "search_first"
    status = 403


async def open_case(staff: StaffCaller, patients: Sequence[UUID], why: str) -> None:
    for patient in patients:
        await write_down(
            Act(actor_kind="staff", actor=staff.staff, patient=patient, what=OPENED, why=why,
                from_where=staff.address)
        )  # fmt: skip


async def reason_of_open_case(staff: StaffCaller, patient: UUID) -> str:
    """Give the reason of this person's newest case about the patient.

    Audit rows bear PostgreSQL's own clock, which tests cannot move, so it is compared with that.

    Raises:
        SearchFirst: they have not looked the patient up in the last 15 minutes.
    """
    row = await fetch_one(
        "SELECT why FROM audit_event WHERE patient = $1 AND actor_kind = 'staff' AND actor = $2"
        " AND what = $3 AND at > clock_timestamp() - $4::interval ORDER BY at DESC LIMIT 1",
        patient, staff.staff, OPENED, OPEN_FOR,
    )  # fmt: skip
    if row is None:
        raise SearchFirst
    return str(row["why"])
