"""Cancels a wrong citizen id at the desk, and gives it back after a mistake."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from backend.auth.credentials.activation_slips import Paper
from backend.auth.identity.identifiers import CITIZEN_ID, Identifier
from backend.auth.registration import cancelled_identifiers
from backend.core.audit import Act
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.patients.cases import patient_in_scope
from backend.support.rules import Action

Change = Callable[[UUID, Identifier, Act], Awaitable[None]]


async def cancel_number(
    staff: StaffCaller, patient: UUID, number: str, proof: Paper, reason: str
) -> None:
    """Cancel a number: it no longer finds the patient and no longer signs them in.

    Raises:
        NotFound, SearchFirst: not a patient they may meet, or have looked up.
        NotFound: the patient has no such number.
        NotACitizenId: it cannot be one.
    """
    change = cancelled_identifiers.cancel
    await _change(staff, patient, number, f"{proof}: {reason}", ("cancelled", change))


async def issue_again(
    staff: StaffCaller, patient: UUID, number: str, proof: Paper, reason: str
) -> None:
    """Give a cancelled number back to the patient who had it.

    Raises:
        NotFound, SearchFirst, NotACitizenId: as above; also when the number was never cancelled.
        NumberInUse: it was given to somebody else meanwhile.
    """
    change = cancelled_identifiers.issue_again
    await _change(staff, patient, number, f"{proof}: {reason}", ("issued_again", change))


async def _change(
    staff: StaffCaller, patient: UUID, number: str, why: str, change: tuple[str, Change]
) -> None:
    name, do = change
    async with audited_action(staff, Action.CITIZEN_ID, why) as act:
        await patient_in_scope(act, patient)
        act.why = why
        written = Act(
            actor_kind="staff",
            actor=staff.staff,
            patient=patient,
            action=f"citizen_id.{name}",
            why=why,
            from_where=staff.address,
        )
        await do(patient, Identifier(CITIZEN_ID, number), written)
