"""A patient somebody of the staff may meet and has looked up: where each act at the desk begins."""

from uuid import UUID

from backend.database import Row, fetch_one
from backend.errors import HubError, NotFound
from backend.support.acting import Doing, StaffCaller
from backend.support.cases import IN_REACH, reason_of_open_case
from backend.support.rules import sees_papers


class NotAtADesk(HubError):
    """This is done where the paper can be looked at: by staff of a facility."""

    code = "not_at_a_desk"
    status = 403


def check_at_a_desk(staff: StaffCaller) -> None:
    """Let go on who can have seen a paper: a voice on the telephone shows none.

    Raises:
        NotAtADesk: they cannot.
    """
    if not sees_papers(staff.role, of_a_facility=staff.facility is not None):
        raise NotAtADesk


async def in_reach(staff: StaffCaller, patient: UUID) -> Row | None:
    """Give the patient's row when there is one and this person may meet them."""
    return await fetch_one(
        f"SELECT p.id, p.name, p.deceased_at FROM patient p WHERE p.id = $1 AND {IN_REACH}",
        patient, staff.facility,
    )  # fmt: skip


async def person_met(act: Doing, patient: UUID) -> Row:
    """Give the patient's row, and note in the act whose data it is and why.

    Raises:
        SearchFirst: they have not looked the patient up lately, whether there is one or not.
        NotFound: they have, and their facility does not know the patient any more.
    """
    row = await in_reach(act.staff, patient)
    act.patient = patient if row else None
    act.why = await reason_of_open_case(act.staff, patient)
    if row is None:
        raise NotFound
    return row
