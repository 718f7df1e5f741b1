"""Makes sign-in slips for patients; a new slip makes all older ones worthless."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backend.auth.credentials import activation_slips
from backend.auth.credentials.activation_slips import NewSlip, Paper
from backend.auth.notices import SLIP_MADE, send_notice
from backend.auth.sessions import slip_rise
from backend.core.alarms import AlarmKind, alarm
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import Row, fetch_one, fetch_value
from backend.core.errors import HubError
from backend.core.settings import load_settings
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.patients.cases import check_at_a_desk, patient_in_scope
from backend.support.patients.search import short_name
from backend.support.rules import Action


class Deceased(HubError):
    """This person has died: nobody signs in as them."""

    code = "deceased"
    status = 409


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """The content of the paper: never a citizen id, nothing of the record."""

    slip: NewSlip
    name: str
    """Shortened."""
    facility: str
    hotline: str
    proof: Paper


class LiveSlipView(Struct, frozen=True, rename="camel"):
    """A slip that can still be used. Its code is only on the paper."""

    slip: UUID
    proof: str
    created_at: datetime
    expires_at: datetime
    tries: int
    made_by: UUID


class LiveSlips(Struct, frozen=True, rename="camel"):
    items: list[LiveSlipView]


async def make_slip(staff: StaffCaller, patient: UUID, proof: Paper) -> PrintedSlip:
    """Make a slip for a patient who stands at the desk with a paper.

    Raises:
        NotAtADesk: they cannot have seen one.
        NotFound, SearchFirst: not a patient they may meet, or have looked up.
        Deceased: there is nobody to hand it to.
    """
    async with audited_action(staff, Action.MAKE_SLIP, why="") as act:
        check_at_a_desk(staff)
        person = await patient_in_scope(act, patient)
        if person["deceased_at"] is not None:
            raise Deceased
        where = await _facility(staff)
        slip = await activation_slips.make_slip(patient, where["id"], proof, staff.staff)
        act.subject = slip.id
        await send_notice(patient, SLIP_MADE, slip.id)
        await _look_at_the_day(staff)
    name = short_name(person["name"], patient) or ""
    return PrintedSlip(slip, name, where["name"], where["hotline"], proof)


async def confirm_slip(
    staff: StaffCaller, patient: UUID, slip: UUID, proof: Paper, reason: str
) -> None:
    """Confirm a colleague's slip: what it opens, or has opened, is `desk`.

    Raises:
        NotAtADesk, SearchFirst, NotFound: not a chart that they may decide about, or no such slip.
        OwnSlip: they made it themselves.
    """
    async with audited_action(staff, Action.CONFIRM_SLIP, f"{proof}: {reason}") as act:
        check_at_a_desk(staff)
        await patient_in_scope(act, patient)
        act.subject, act.why = slip, f"{proof}: {reason}"
        await slip_rise.confirm_slip(slip, patient, staff.staff)


async def revoke_slips(staff: StaffCaller, patient: UUID) -> None:
    """Revoke every slip of a chart, and end what they opened within a day unconfirmed.

    Raises:
        NotFound, SearchFirst: as above.
    """
    async with audited_action(staff, Action.REVOKE_SLIPS, why="") as act:
        await patient_in_scope(act, patient)
        await activation_slips.revoke_slips(patient)
        await slip_rise.object_to_slips(patient)


async def live_slips(staff: StaffCaller, patient: UUID) -> LiveSlips:
    """List the slips of a chart that can still be used.

    Raises:
        NotFound, SearchFirst: as above.
    """
    async with audited_action(staff, Action.READ_SLIPS, why="") as act:
        await patient_in_scope(act, patient)
        found = await activation_slips.live_slips(patient, staff.facility)
    return LiveSlips(
        [
            LiveSlipView(
                slip.id, slip.proof, slip.created_at, slip.expires_at, slip.tries, slip.made_by
            )
            for slip in found
        ]
    )


async def _look_at_the_day(staff: StaffCaller) -> None:
    """Raise an alarm about somebody who makes more slips in a day than a counter needs."""
    made = await fetch_value(
        "SELECT count(*) FROM activation_slip WHERE made_by = $1"
        " AND created_at > hub_clock() - interval '1 day'",
        staff.staff,
    )
    if made > load_settings().slips_per_staff_day:
        about = lookup_hash("staff-slips", str(staff.staff))
        await alarm(AlarmKind.MANY_SLIPS, about, staff.address, staff.staff)


async def _facility(staff: StaffCaller) -> Row:
    """Give whose name stands on the slip: the staff's own facility, as whose chart it is."""
    row = await fetch_one("SELECT id, name, hotline FROM facility WHERE id = $1", staff.facility)
    assert row, "a chart in reach is one of the facility of this member of staff"
    return row
