"""Confirms or declines phone numbers at the desk; each decision can be undone within a day."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec import Struct

from backend.auth.identity.blind_index import wait_in_turn
from backend.auth.phones import phones
from backend.auth.phones.phones import Phone, PhoneSettled, one_of, phones_of
from backend.auth.phones.rules import LIVE, PhoneState
from backend.core.crypto.sealing import unseal
from backend.core.database import execute, fetch_value
from backend.core.errors import NotFound
from backend.support.audited_action import AuditedAction, StaffCaller, audited_action
from backend.support.patients.cases import IN_SCOPE, check_at_a_desk
from backend.support.phones.wrong_numbers import NothingToUndo
from backend.support.rules import Action

BY_DESK = "desk"
UNDO_WITHIN = timedelta(hours=24)

Proof = Literal["card", "birth_certificate", "passport", "other"]
"""What the staff looked at."""


class DecidedView(Struct, frozen=True, rename="camel"):
    contact: UUID
    state: PhoneState
    usable_from: datetime | None
    """When a waiting one takes the place of the one in use."""


async def confirm_number(
    staff: StaffCaller, patient: UUID, contact: UUID, proof: Proof, reason: str
) -> DecidedView:
    """Confirm that the person at the desk has this number, also if others have it.

    Raises:
        NotAtADesk: they cannot have seen a card.
        NotFound: the patient has no such number, or is out of this person's reach.
        PhoneSettled: it waits already.
        ChangeWaiting: another number is waiting.
    """
    async with audited_action(staff, Action.CONFIRM_NUMBER, f"{proof}: {reason}") as act:
        check_at_a_desk(staff)
        among = await _locked(act, patient, contact)
        phone = one_of(among, contact)
        if phone.state is PhoneState.WAITING:
            raise PhoneSettled
        if phone.state in LIVE:
            await _seen_at_desk(contact)
        else:
            await phones.confirm(phone, among, BY_DESK)
        await phones.close_task(contact, "confirmed", staff.staff)
        return await _decided(patient, contact)


async def decline_number(
    staff: StaffCaller, patient: UUID, contact: UUID, reason: str
) -> DecidedView:
    """Decline a proposed or waiting number: the earlier one stays in use.

    Raises:
        NotFound: as above.
        PhoneSettled: it is in use by now, or was declined.
    """
    async with audited_action(staff, Action.CONFIRM_NUMBER, reason) as act:
        phone = one_of(await _locked(act, patient, contact), contact)
        await phones.decline(phone, BY_DESK)
        await phones.close_task(contact, "declined", staff.staff)
        return await _decided(patient, contact)


async def undo_decision(staff: StaffCaller, patient: UUID, contact: UUID) -> DecidedView:
    """Make the number proposed again, if a desk decided within the last day.

    Raises:
        NotFound: as above.
        NothingToUndo: no desk has decided about it within the last day.
    """
    async with audited_action(staff, Action.CONFIRM_NUMBER, why="undo") as act:
        phone = one_of(await _locked(act, patient, contact), contact)
        if not await _by_desk_today(contact):
            raise NothingToUndo
        await phones.propose_again(phone)
        return await _decided(patient, contact)


async def _locked(act: AuditedAction, patient: UUID, contact: UUID) -> list[Phone]:
    """Lock the number for everybody, then all of the patient's: the order everybody keeps."""
    act.subject = contact
    sealed = await fetch_value(
        "SELECT c.number FROM contact_point c JOIN patient p ON p.id = c.patient"
        f" WHERE c.id = $1 AND p.id = $3 AND c.kind = 'own' AND {IN_SCOPE}",
        contact, act.staff.facility, patient,
    )  # fmt: skip
    if sealed is None:
        raise NotFound
    act.patient = patient
    number = unseal(sealed, table="contact_point", column="number", row=contact)
    await wait_in_turn([("phone", number)])
    return await phones_of(patient, lock=True)


async def _seen_at_desk(contact: UUID) -> None:
    await execute(
        "UPDATE contact_point SET usable_from = coalesce(usable_from, confirmed_at),"
        " confirmed_at = hub_clock(), confirmed_by = $2, proved_at = hub_clock() WHERE id = $1",
        contact, BY_DESK,
    )  # fmt: skip


async def _by_desk_today(contact: UUID) -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM contact_point WHERE id = $1 AND"
            " ((declined_by = $2 AND declined_at > hub_clock() - $3::interval) OR"
            "  (confirmed_by = $2 AND confirmed_at > hub_clock() - $3::interval"
            "   AND confirmed_at <= usable_from)))",
            contact, BY_DESK, UNDO_WITHIN,
        )
    )  # fmt: skip


async def _decided(patient: UUID, contact: UUID) -> DecidedView:
    phone = one_of(await phones_of(patient), contact)
    waiting = phone.usable_from if phone.state is PhoneState.WAITING else None
    return DecidedView(contact, phone.state, waiting)
