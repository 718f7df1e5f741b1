"""The numbers of the charts that a session reaches: listed, typed, bound by a code, or refused."""

from datetime import timedelta
from uuid import UUID

from backend.auth.access.gate import Caller, StrongerSignInNeeded
from backend.auth.access.reach import reached_by
from backend.auth.credentials.one_time_codes import PHONE
from backend.auth.credentials.phone_codes import (
    CodeFor,
    CodeSent,
    challenge_phone,
    check_phone_code,
    count_phone_code,
    use_phone_code,
)
from backend.auth.identity.blind_index import hashes_of
from backend.auth.phones import phones
from backend.auth.phones.binding import BY_PATIENT, bind_one_of, take_back
from backend.auth.phones.contact_points import propose_own
from backend.auth.phones.e164 import masked, normalise
from backend.auth.phones.phones import Phone, PhoneSettled, one_of, phones_of
from backend.auth.phones.rules import LIVE, OPEN, PhoneState, may_accept, may_take_back
from backend.auth.rules import RecordClass, is_proven, may_read
from backend.auth.sessions.chart_actions import (
    ChartAction,
    SessionStrength,
    chart_action,
    chart_actions,
    keep_reach,
    refusals_written,
)
from backend.auth.sessions.lost_phone import held_of, wait_for_lost_phones
from backend.core.clock import now
from backend.core.database import Row, fetch, fetch_one, fetch_value, transaction
from backend.core.errors import HubError, NotFound
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, unsealed
from backend.core.redis import wake_workers

_NOT_PAST = OPEN | LIVE | {PhoneState.WRONG, PhoneState.NOT_THEIRS}


class NumberNeedsDesk(HubError):
    """No code can go to this number, or to none. Have it confirmed at the desk."""

    code = "number_needs_desk"
    status = 409


class ChartHeld(HubError):
    """A lost phone was reported. For a day only the desk decides about numbers."""

    code = "chart_held"
    status = 409


async def my_phones(caller: Caller) -> list[Phone]:
    """List the numbers of all charts that are reached for this, without those of the past.

    A discreet facility's chart shows none before a step-up.

    Raises:
        NotSignedIn, StrongerSignInNeeded: see `chart_actions`.
    """
    act = ChartAction(caller, "phones.read")
    async with chart_actions(act, RecordClass.PHONES) as held, transaction():
        stepped_up = [one.chart for one in held if one.stepped_up]
        shown = await _shown(stepped_up, [one.chart for one in held])
        await act.written_down(charts=shown)
        found = [phone for chart in shown for phone in await phones_of(chart)]
    return [phone for phone in found if phone.state in _NOT_PAST]


async def too_weak_for_phones(caller: Caller) -> list[str]:
    """Name the facilities whose charts are reached too weakly for their numbers to be shown.

    Raises:
        NotSignedIn: the session has ended.
    """
    weak = [
        one.facility for one in await reached_by(caller)
        if not may_read(one.level, RecordClass.PHONES)
    ]  # fmt: skip
    rows = await fetch(
        "SELECT name FROM facility WHERE id = ANY($1) AND NOT discreet ORDER BY name", weak
    )
    return [row["name"] for row in rows]


async def propose(caller: Caller, typed: str, chart: UUID | None) -> CodeSent:
    """Add a number to a chart and send a code to it, also if others have the number.

    Raises:
        NotSignedIn, NotFound, StrongerSignInNeeded, ChartNeeded: see `chart_action`.
        NotAPhone: no mobile number of Vietnam.
        NumberNeedsDesk, PhoneSettled: no code can prove it.
        TooOften, FastStoreAway: see `backend.core.http.rate_limits`.
    """
    act = ChartAction(caller, "phone.proposed", chart=chart)
    async with chart_action(act, RecordClass.PHONES) as held:
        number = normalise(typed)
        await count_phone_code(held.chart)
        async with transaction():
            contact = await _kept(held.chart, number)
            if contact is None:
                contact = await propose_own(held.chart, number)
            _check_provable(one_of(await phones_of(held.chart), contact), held)
            sent = await challenge_phone(held.chart, contact, CodeFor(PHONE, contact))
            await act.written_down(subject=contact)
    await wake_workers()
    return sent


async def ask_for_code(caller: Caller, contact: UUID) -> CodeSent:
    """Send a code to a number that is proposed, or that is in use and needs a new proof.

    Raises:
        NotFound: no number of a chart that the session reaches.
        NotSignedIn, StrongerSignInNeeded, NumberNeedsDesk, PhoneSettled, TooOften,
        FastStoreAway: as above.
    """
    act = await _act(caller, "phone.code", contact)
    async with chart_action(act, RecordClass.PHONES) as held:
        phone = one_of(await phones_of(held.chart), contact)
        _check_provable(phone, held)
        await count_phone_code(held.chart)
        async with transaction():
            sent = await challenge_phone(held.chart, contact, CodeFor(PHONE, contact))
            await act.written_down()
    await wake_workers()
    return sent


async def accept(caller: Caller, contact: UUID, challenge: UUID, code: str) -> Phone:
    """Check the code of a number; it is bound to its chart, and in use after the hold.

    Raises:
        WrongPhoneCode: wrong, too late, used, tried too often, or not for this number.
        ChangeWaiting: another change is waiting.
        ChartHeld: a lost phone was reported within the last day.
        NotSignedIn, StrongerSignInNeeded, NotFound, NumberNeedsDesk, PhoneSettled: as above.
    """
    act = await _act(caller, "phone.accepted", contact)
    async with chart_action(act, RecordClass.PHONES) as held:
        await check_phone_code(held.chart, CodeFor(PHONE, contact), challenge, code)
        async with transaction():
            await wait_for_lost_phones()
            among = await phones_of(held.chart, lock=True)
            await keep_reach(caller, [held.chart], RecordClass.PHONES)
            if await held_of([held.chart]):
                raise ChartHeld
            phone = one_of(among, contact)
            _check_provable(phone, held)
            await use_phone_code(challenge)
            await bind_one_of(among, phone)
            await phones.close_task(phone.id, "accepted")
            await act.written_down()
            return one_of(await phones_of(held.chart), contact)


async def decline(caller: Caller, contact: UUID) -> Phone:
    """Refuse a number: one that is proposed or waits, or one that was bound within seven days.

    Only a session that is older than a bound number takes it back. What its codes have opened ends.

    Raises:
        PhoneSettled: it is in use by now, or was declined.
        NotSignedIn, StrongerSignInNeeded, NotFound: as above.
    """
    act = await _act(caller, "phone.declined", contact)
    async with chart_action(act, RecordClass.PHONES) as held, transaction():
        phone = one_of(await phones_of(held.chart, lock=True), contact)
        await keep_reach(caller, [held.chart], RecordClass.PHONES)
        if phone.state in LIVE:
            _check_taken_back(phone, held)
            await take_back(phone)
        else:
            await phones.decline(phone, BY_PATIENT)
        await phones.close_task(contact, "declined")
        await act.written_down()
        return one_of(await phones_of(held.chart), contact)


def masked_for_owner(phone: Phone) -> str:
    """Mask a number so that only its owner recognises it."""
    number = unsealed(phone.sealed, table="contact_point", column="number", row=phone.id)
    return UNREADABLE_NAME if number is None else masked(number)


def _check_provable(phone: Phone, held: SessionStrength) -> None:
    if phone.state in {PhoneState.WRONG, PhoneState.NOT_THEIRS}:
        raise NumberNeedsDesk
    if phone.needs_desk and not phone.bound and not is_proven(held.level):
        raise NumberNeedsDesk
    if phone.state in LIVE:
        return
    if phone.state is not PhoneState.PROPOSED:
        raise PhoneSettled
    if not may_accept(held.level, trusted_before=held.trusted_since < phone.created_at):
        raise StrongerSignInNeeded


def _check_taken_back(phone: Phone, held: SessionStrength) -> None:
    bound_for = now() - phone.confirmed_at if phone.confirmed_at else timedelta.max
    older = phone.confirmed_at is not None and held.trusted_since < phone.confirmed_at
    if not phone.bound or not may_take_back(bound_for, older=older):
        raise PhoneSettled


async def _act(caller: Caller, action: str, contact: UUID) -> ChartAction:
    """Name the chart that a number belongs to.

    Raises:
        NotFound: there is no such number.
    """
    chart = await fetch_value(
        "SELECT patient FROM contact_point WHERE id = $1 AND kind = 'own'", contact
    )
    if chart is None:
        async with refusals_written(ChartAction(caller, action, contact)):
            raise NotFound
    return ChartAction(caller, action, contact, chart)


async def _shown(stepped_up: list[UUID], charts: list[UUID]) -> list[UUID]:
    rows = await fetch(
        "SELECT p.id FROM unnest($1::uuid[]) WITH ORDINALITY AS c (chart, n)"
        " JOIN patient p ON p.id = c.chart LEFT JOIN facility f ON f.id = p.facility"
        " WHERE f.discreet IS NOT TRUE OR p.id = ANY($2) ORDER BY c.n",
        charts, stepped_up,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def _kept(chart: UUID, number: str) -> UUID | None:
    """Find this number among the chart's, unless what was said about it is past."""
    row: Row | None = await fetch_one(
        "SELECT id FROM contact_point WHERE patient = $1 AND kind = 'own'"
        " AND number_hash = ANY($2::bytea[]) AND declined_at IS NULL"
        " AND (wrong_since IS NOT NULL OR not_theirs_since IS NOT NULL"
        "  OR ((replaced_at IS NULL OR replaced_at > hub_clock())"
        "   AND (confirmed_at IS NOT NULL OR stated_until IS NULL)))"
        " ORDER BY not_theirs_since IS NULL, wrong_since IS NULL, id DESC LIMIT 1",
        chart, hashes_of("phone", number),
    )  # fmt: skip
    return row["id"] if row else None
