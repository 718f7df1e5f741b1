"""A patient's own phone numbers: listed, proposed, confirmed by a code, or declined."""

from uuid import UUID

from backend.auth.access.gate import Caller, StrongerSignInNeeded
from backend.auth.credentials.one_time_codes import PHONE
from backend.auth.credentials.phone_codes import (
    CodeFor,
    CodeSent,
    challenge_phone,
    check_phone_code,
    count_phone_code,
    use_phone_code,
)
from backend.auth.identity.blind_index import hashes_of, wait_in_turn
from backend.auth.phones import phones
from backend.auth.phones.contact_points import propose_own
from backend.auth.phones.e164 import masked, normalise
from backend.auth.phones.phones import Phone, PhoneSettled, one_of, phones_of
from backend.auth.phones.rules import LIVE, OPEN, PhoneState, may_accept
from backend.auth.rules import RecordClass
from backend.auth.sessions.account_actions import AccountAction, SessionStrength, account_action
from backend.core.crypto.sealing import unseal
from backend.core.database import Row, fetch_one, transaction
from backend.core.errors import HubError
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, unsealed
from backend.core.redis import wake_workers

BY_PATIENT = "patient"


class NumberNeedsDesk(HubError):
    """Texts to this number did not arrive. Have it confirmed again at the desk."""

    code = "number_needs_desk"
    status = 409


async def my_phones(caller: Caller) -> list[Phone]:
    """List the caller's phone numbers, without those of the past.

    Raises:
        NotSignedIn, StrongerSignInNeeded: see `account_actions`.
    """
    act = AccountAction(caller, "phones.read")
    async with account_action(act, RecordClass.PHONES), transaction():
        await act.written_down()
        found = await phones_of(caller.patient)
    return [phone for phone in found if phone.state in OPEN | LIVE | {PhoneState.WRONG}]


async def propose(caller: Caller, typed: str) -> CodeSent:
    """Add a phone number of the caller and send a code to it, also if others have the number.

    Raises:
        NotSignedIn, StrongerSignInNeeded: see `account_actions`.
        NotAPhone: no mobile number of Vietnam.
        NumberNeedsDesk, PhoneSettled: no code can prove it.
        TooOften, FastStoreAway: see `backend.core.http.rate_limits`.
    """
    act = AccountAction(caller, "phone.proposed")
    async with account_action(act, RecordClass.PHONES) as held:
        number = normalise(typed)
        await count_phone_code(caller.patient)
        async with transaction():
            contact = await _kept(caller.patient, number)
            if contact is None:
                contact = await propose_own(caller.patient, number)
            _check_provable(one_of(await phones_of(caller.patient), contact), held)
            sent = await challenge_phone(caller.patient, contact, CodeFor(PHONE, contact))
            await act.written_down(subject=contact)
    await wake_workers()
    return sent


async def ask_for_code(caller: Caller, contact: UUID) -> CodeSent:
    """Send a code to a number that is proposed, or that is in use and needs a new proof.

    Raises:
        NotFound: no number of the caller's.
        NotSignedIn, StrongerSignInNeeded, NumberNeedsDesk, PhoneSettled, TooOften,
        FastStoreAway: as above.
    """
    act = AccountAction(caller, "phone.code", contact)
    async with account_action(act, RecordClass.PHONES) as held:
        phone = one_of(await phones_of(caller.patient), contact)
        _check_provable(phone, held)
        await count_phone_code(caller.patient)
        async with transaction():
            sent = await challenge_phone(caller.patient, contact, CodeFor(PHONE, contact))
            await act.written_down()
    await wake_workers()
    return sent


async def accept(caller: Caller, contact: UUID, challenge: UUID, code: str) -> Phone:
    """Check the code of a number; the number is the caller's, and in use after the hold.

    A number that somebody else has confirmed still needs the desk, and takes nothing from them.

    Raises:
        WrongPhoneCode: wrong, too late, used, tried too often, or not for this number.
        ChangeWaiting: another change is waiting.
        NotSignedIn, StrongerSignInNeeded, NotFound, NumberNeedsDesk, PhoneSettled: as above.
    """
    act = AccountAction(caller, "phone.accepted", contact)
    async with account_action(act, RecordClass.PHONES) as held:
        await check_phone_code(caller.patient, CodeFor(PHONE, contact), challenge, code)
        number = _number(one_of(await phones_of(caller.patient), contact))
        async with transaction():
            await wait_in_turn([("phone", number)])
            among = await phones_of(caller.patient, lock=True)
            phone = one_of(among, contact)
            _check_provable(phone, held)
            await use_phone_code(challenge)
            await _take(phone, among, number)
            await act.written_down()
            return one_of(await phones_of(caller.patient), contact)


async def decline(caller: Caller, contact: UUID) -> Phone:
    """Decline a number that is not the caller's or that the caller does not want.

    Raises:
        PhoneSettled: it is in use by now, or was declined.
        NotSignedIn, StrongerSignInNeeded, NotFound: as above.
    """
    act = AccountAction(caller, "phone.declined", contact)
    async with account_action(act, RecordClass.PHONES), transaction():
        phone = one_of(await phones_of(caller.patient, lock=True), contact)
        await phones.decline(phone, BY_PATIENT)
        await phones.close_task(contact, "declined")
        await act.written_down()
        return one_of(await phones_of(caller.patient), contact)


def masked_for_owner(phone: Phone) -> str:
    """Mask a number so that only its owner recognises it."""
    number = unsealed(phone.sealed, table="contact_point", column="number", row=phone.id)
    return UNREADABLE_NAME if number is None else masked(number)


async def _take(phone: Phone, among: list[Phone], number: str) -> None:
    if phone.state in LIVE:
        await phones.prove(phone)
    elif await phones.is_anothers(phone.patient, hashes_of("phone", number)):
        await phones.ask_the_desk(phone.patient, phone.id)
    else:
        await phones.confirm(phone, among, BY_PATIENT)
        await phones.close_task(phone.id, "accepted")


def _check_provable(phone: Phone, held: SessionStrength) -> None:
    if phone.state is PhoneState.WRONG:
        raise NumberNeedsDesk
    if phone.state in LIVE:
        return
    if phone.state is not PhoneState.PROPOSED:
        raise PhoneSettled
    if not may_accept(held.level, trusted_before=held.trusted_since < phone.created_at):
        raise StrongerSignInNeeded


async def _kept(patient: UUID, number: str) -> UUID | None:
    """Find this number among the patient's, unless what was said about it is past."""
    row: Row | None = await fetch_one(
        "SELECT id FROM contact_point WHERE patient = $1 AND kind = 'own'"
        " AND number_hash = ANY($2::bytea[]) AND declined_at IS NULL"
        " AND (wrong_since IS NOT NULL OR replaced_at IS NULL OR replaced_at > hub_clock())"
        " ORDER BY wrong_since IS NULL, id DESC LIMIT 1",
        patient, hashes_of("phone", number),
    )  # fmt: skip
    return row["id"] if row else None


def _number(phone: Phone) -> str:
    return unseal(phone.sealed, table="contact_point", column="number", row=phone.id)
