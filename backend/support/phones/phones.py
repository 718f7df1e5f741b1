"""Binds numbers to charts at the desk: a paper is seen, and a code or a colleague stands for it.

An answer says what the desk has done, and nothing of what the person did with their numbers.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.auth.credentials.one_time_codes import PHONE
from backend.auth.credentials.phone_codes import (
    CodeFor,
    CodeSent,
    challenge_phone,
    check_phone_code,
    use_phone_code,
)
from backend.auth.identity.blind_index import hashes_of, lock_identifiers
from backend.auth.phones import phones
from backend.auth.phones.binding import bind_one_of
from backend.auth.phones.contact_points import propose_own
from backend.auth.phones.e164 import normalise
from backend.auth.phones.phones import Phone, one_of, phones_of
from backend.auth.phones.rules import OPEN, PhoneState
from backend.auth.rules import Limit
from backend.core.crypto.sealing import unseal
from backend.core.database import execute, fetch_one, fetch_value, new_id
from backend.core.errors import HubError, NotFound
from backend.core.http.rate_limits import LimitedKey, count, limit_key
from backend.core.redis import wake_workers
from backend.support.audited_action import AuditedAction, StaffCaller, audited_action
from backend.support.patients.cases import IN_SCOPE, check_at_a_desk, patient_in_scope
from backend.support.patients.search import GIVEN
from backend.support.phones.wrong_numbers import NothingToUndo
from backend.support.rules import Action

BY_DESK: Final = "desk"
UNDO_WITHIN: Final = timedelta(hours=24)
SECOND_WITHIN: Final = timedelta(hours=24)
"""How long a paper that one member of staff has seen waits for a code or a colleague."""
CODES_PER_CHART: Final = (Limit(5, timedelta(hours=1)), Limit(10, timedelta(days=1)))


class PaperNotSeen(HubError):
    """Nobody of this desk has seen a paper for this number within the last day."""

    code = "paper_not_seen"
    status = 409


class DeskStep(StrEnum):
    """What a desk has done about a number."""

    NEEDS_SECOND = "needs_second"
    """A paper was seen; a code that went there, or a colleague, binds it."""
    BOUND = "bound"
    DECLINED = "declined"
    UNDONE = "undone"


class DecidedView(Struct, frozen=True, rename="camel"):
    contact: UUID
    step: DeskStep
    challenge_id: UUID | None = None
    """Of the code that is on its way to the number."""
    expires_at: datetime | None = None


async def add_number(
    staff: StaffCaller, patient: UUID, typed: str, proof: Paper, reason: str
) -> DecidedView:
    """Take a new number of who stands at the desk with a paper, and send a code there.

    Raises:
        NotAtADesk, SearchFirst, NotFound: not a chart that they may decide about.
        NotAPhone: no mobile number of Vietnam.
        TooOften, FastStoreAway: see `backend.core.http.rate_limits`.
    """
    async with audited_action(staff, Action.NEW_NUMBER, f"{proof}: {reason}") as act:
        facility = check_at_a_desk(staff)
        await patient_in_scope(act, patient)
        act.why = f"{proof}: {reason}"
        number = normalise(typed)
        await lock_identifiers([("phone", number)])
        act.subject = await _given(patient, facility, number)
        sent = await _paper_seen(act, patient, act.subject, proof)
    await wake_workers()
    return _needs_second(sent)


async def confirm_number(
    staff: StaffCaller, patient: UUID, contact: UUID, proof: Paper, reason: str
) -> DecidedView:
    """Say that a paper was seen for a number. The first who does sends a code; a colleague binds.

    Raises:
        NotAtADesk: they cannot have seen a paper.
        NotFound: the facility has given no such number for a chart of its own.
        TooOften, FastStoreAway: as above.
    """
    async with audited_action(staff, Action.CONFIRM_NUMBER, f"{proof}: {reason}") as act:
        check_at_a_desk(staff)
        among = await _locked(act, patient, contact)
        if one_of(among, contact).state is PhoneState.WAITING:
            return DecidedView(contact, DeskStep.BOUND)
        first = await _seen_by(contact)
        if first is not None and first != staff.staff:
            await _bind(among, contact, staff.staff)
            return DecidedView(contact, DeskStep.BOUND)
        sent = await _paper_seen(act, patient, contact, proof)
    await wake_workers()
    return _needs_second(sent)


async def show_code(
    staff: StaffCaller, patient: UUID, contact: UUID, challenge: UUID, code: str
) -> DecidedView:
    """Bind a number by the code that came to it, after a paper was seen.

    Raises:
        WrongPhoneCode: wrong, too late, used, tried too often, or not for this number.
        PaperNotSeen: no paper was seen within the last day.
        NotAtADesk, NotFound: as above.
    """
    async with audited_action(staff, Action.NEW_NUMBER, why="") as act:
        check_at_a_desk(staff)
        await _locked(act, patient, contact)
    await check_phone_code(patient, CodeFor(PHONE, contact), challenge, code)
    async with audited_action(staff, Action.NEW_NUMBER, why="code") as act:
        among = await _locked(act, patient, contact)
        if await _seen_by(contact) is None:
            raise PaperNotSeen
        await use_phone_code(challenge)
        await _bind(among, contact, staff.staff)
    return DecidedView(contact, DeskStep.BOUND)


async def decline_number(
    staff: StaffCaller, patient: UUID, contact: UUID, reason: str
) -> DecidedView:
    """Decline a number that is proposed or waits: the earlier one stays in use.

    A number that the person has bound meanwhile stays bound, and the answer does not say so.

    Raises:
        NotFound: as above.
    """
    async with audited_action(staff, Action.CONFIRM_NUMBER, reason) as act:
        phone = one_of(await _locked(act, patient, contact), contact)
        if phone.state in OPEN:
            await phones.decline(phone, BY_DESK)
        await phones.close_task(contact, "declined", staff.staff)
        await _end_papers(contact, staff.staff)
    return DecidedView(contact, DeskStep.DECLINED)


async def undo_decision(staff: StaffCaller, patient: UUID, contact: UUID) -> DecidedView:
    """Make the number proposed again, if this desk decided within the last day.

    Raises:
        NotFound: as above.
        NothingToUndo: no desk has decided about it within the last day.
    """
    async with audited_action(staff, Action.CONFIRM_NUMBER, why="undo") as act:
        phone = one_of(await _locked(act, patient, contact), contact)
        undone = await fetch_value(
            "UPDATE desk_number SET undone_at = hub_clock() WHERE id = (SELECT id FROM desk_number"
            "  WHERE contact = $1 AND undone_at IS NULL AND done_at > hub_clock() - $2::interval"
            "  ORDER BY done_at DESC LIMIT 1) RETURNING id",
            contact, UNDO_WITHIN,
        )  # fmt: skip
        if undone is None:
            raise NothingToUndo
        if await _is_the_desks(contact):
            await phones.propose_again(phone)
    return DecidedView(contact, DeskStep.UNDONE)


async def _given(patient: UUID, facility: UUID, number: str) -> UUID:
    """Give the contact point of a number, which the facility has given from now on."""
    kept: UUID | None = await fetch_value(
        "SELECT id FROM contact_point WHERE patient = $1 AND kind = 'own'"
        " AND number_hash = ANY($2::bytea[]) ORDER BY id DESC LIMIT 1",
        patient, hashes_of("phone", number),
    )  # fmt: skip
    contact = kept or await propose_own(patient, number)
    await execute("UPDATE contact_point SET proposed_by = $2 WHERE id = $1", contact, facility)
    return contact


async def _locked(act: AuditedAction, patient: UUID, contact: UUID) -> list[Phone]:
    """Lock the number for everybody, then all of the chart's: the order everybody keeps."""
    act.subject = contact
    row = await fetch_one(
        "SELECT c.number FROM contact_point c JOIN patient p ON p.id = c.patient"
        f" WHERE c.id = $1 AND p.id = $3 AND c.kind = 'own' AND {GIVEN} AND {IN_SCOPE}",
        contact, act.staff.facility, patient,
    )  # fmt: skip
    if row is None:
        raise NotFound
    act.patient = patient
    number = unseal(row["number"], table="contact_point", column="number", row=contact)
    await lock_identifiers([("phone", number)])
    return await phones_of(patient, lock=True)


async def _paper_seen(act: AuditedAction, patient: UUID, contact: UUID, proof: Paper) -> CodeSent:
    """Write down who has seen a paper for a number, and send a code there."""
    await count(LimitedKey(limit_key("desk-codes:chart", str(patient)), CODES_PER_CHART))
    await execute(
        "INSERT INTO desk_number (id, contact, staff, proof, created_at)"
        " VALUES ($1, $2, $3, $4, hub_clock())",
        new_id(), contact, act.staff.staff, proof,
    )  # fmt: skip
    return await challenge_phone(patient, contact, CodeFor(PHONE, contact))


async def _seen_by(contact: UUID) -> UUID | None:
    """Give who of the desk has seen a paper for this number, and waits for a second."""
    seen: UUID | None = await fetch_value(
        "SELECT staff FROM desk_number WHERE contact = $1 AND done_at IS NULL"
        " AND created_at > hub_clock() - $2::interval ORDER BY id DESC LIMIT 1",
        contact, SECOND_WITHIN,
    )  # fmt: skip
    return seen


async def _bind(among: list[Phone], contact: UUID, staff: UUID) -> None:
    """Bind it; a change of the person's that still waits gives way to the paper."""
    phone = one_of(among, contact)
    for other in among:
        if other.id != contact and other.state is PhoneState.WAITING:
            await phones.decline(other, BY_DESK)
    if phone.state is not PhoneState.WAITING:
        among = await phones_of(phone.patient, lock=True)
        await bind_one_of(among, one_of(among, contact), BY_DESK)
    await phones.close_task(contact, "confirmed", staff)
    await _end_papers(contact, staff)


async def _end_papers(contact: UUID, staff: UUID) -> None:
    """Write down that the desk has decided, also where no paper was seen before."""
    done = await execute(
        "UPDATE desk_number SET done_at = hub_clock(), done_by = $2"
        " WHERE contact = $1 AND done_at IS NULL",
        contact, staff,
    )  # fmt: skip
    if done == "UPDATE 0":
        await execute(
            "INSERT INTO desk_number (id, contact, staff, proof, created_at, done_at, done_by)"
            " VALUES ($1, $2, $3, '', hub_clock(), hub_clock(), $3)",
            new_id(), contact, staff,
        )  # fmt: skip


async def _is_the_desks(contact: UUID) -> bool:
    """Tell whether what stands now of the number is what a desk said, and not yet in use."""
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM contact_point WHERE id = $1 AND (declined_by = $2"
            " OR (confirmed_by = $2 AND confirmed_at <= usable_from)))",
            contact, BY_DESK,
        )
    )  # fmt: skip


def _needs_second(sent: CodeSent) -> DecidedView:
    return DecidedView(sent.phone, DeskStep.NEEDS_SECOND, sent.challenge, sent.expires_at)
