"""Binds a number to a chart, and ends that: for its person, or for who answers there."""

from typing import Final
from uuid import UUID

from backend.auth.identity.blind_index import hashes_of
from backend.auth.notices import PHONE_CHANGED, send_notice
from backend.auth.phones import phones
from backend.auth.phones.phones import IN_USE, IS_BOUND, Phone, one_of, phones_of
from backend.auth.phones.rules import LIVE
from backend.core.crypto.sealing import unseal
from backend.core.database import execute, fetch, fetch_value

BY_PATIENT: Final = "patient"
NOT_THEIRS: Final = "not_theirs"
TAKEN_BACK: Final = "number_taken_back"


async def bind(chart: UUID, contact: UUID, by: str = BY_PATIENT) -> None:
    """Bind a number to its chart, in the caller's transaction: its person has shown a code.

    One that texts go to is bound at once. Another one takes its place after a day.

    Args:
        chart: the chart.
        contact: one of its contact points.
        by: patient, or desk.

    Raises:
        NotFound: the chart has no such number.
        ChangeWaiting: another one is already waiting.
    """
    among = await phones_of(chart, lock=True)
    await bind_one_of(among, one_of(among, contact), by)


async def bind_one_of(among: list[Phone], phone: Phone, by: str = BY_PATIENT) -> None:
    """Bind one of the numbers of a chart, which are locked.

    Raises:
        ChangeWaiting: as above.
    """
    if phone.state not in LIVE:
        await phones.confirm(phone, among, by)
    elif phone.bound and by == BY_PATIENT:
        await phones.prove(phone)
    else:
        trust = await phones.trust_of_number(phone.patient)
        await execute(
            "UPDATE contact_point SET usable_from = coalesce(usable_from, confirmed_at),"
            " confirmed_at = hub_clock(), confirmed_by = $2, proved_at = hub_clock(),"
            " needs_desk = false WHERE id = $1",
            phone.id, by,
        )  # fmt: skip
        if trust is not None and trust.changed:  # whoever had the number before hears of it
            await send_notice(phone.patient, PHONE_CHANGED, phone.id)


async def take_back(phone: Phone) -> None:
    """End the binding of a number, and what its codes have opened; the one before is in use again.

    Joins the caller's transaction, in which the chart's numbers are locked.
    """
    await execute(
        "UPDATE contact_point o SET replaced_at = NULL FROM contact_point c WHERE c.id = $1"
        " AND o.patient = c.patient AND o.id <> c.id AND o.replaced_at = c.usable_from",
        phone.id,
    )
    await execute(
        "UPDATE contact_point SET declined_at = hub_clock(), declined_by = $2,"
        " confirmed_at = NULL, confirmed_by = '', usable_from = NULL WHERE id = $1",
        phone.id, BY_PATIENT,
    )  # fmt: skip
    await _end_reach_by(phone, TAKEN_BACK)


async def end_bindings(chart: UUID) -> None:
    """End what is bound to a chart that is another person's now: its facility's word counts again.

    A number that the facility has not stated is past: the next person neither sees nor takes it.
    Joins the caller's transaction. Whoever replaces a citizen id calls it.
    """
    await phones_of(chart, lock=True)
    await execute(
        "UPDATE contact_point c SET confirmed_by = '', confirmed_at = NULL, usable_from = NULL,"
        " proved_at = NULL, stated_until = CASE WHEN c.stated_since IS NULL THEN hub_clock()"
        "  ELSE c.stated_until END"
        " WHERE c.patient = $1 AND c.kind = 'own'"
        f" AND ({IS_BOUND} OR c.proposed_by IS NULL AND c.stated_until IS NULL)",
        chart,
    )
    await use_the_stated_one(chart)


async def note_not_theirs(chart: UUID, contact: UUID | None) -> None:
    """Write down that a number is not this chart's: no text and no code of it goes there any more.

    Joins the caller's transaction. Only that facility's desk lifts it, which sees a paper: whatever
    the facility states, and whoever shows a code, changes nothing.

    Args:
        chart: the chart.
        contact: a contact point with the number, also another chart's; None for the one in use.
    """
    among = await phones_of(chart, lock=True)
    contact = contact or next((other.id for other in among if other.state in LIVE), None)
    if contact is None:
        return
    numbers = await _hashes_of(contact)
    for other in among:
        if other.number_hash in numbers:
            await phones.keep_the_one_before(other.id)
    await execute(
        "UPDATE contact_point c SET not_theirs_since = hub_clock(), proved_at = NULL,"
        " confirmed_by = CASE WHEN c.stated_since IS NULL THEN '' ELSE 'facility' END,"
        " confirmed_at = CASE WHEN c.stated_since IS NULL THEN NULL ELSE c.confirmed_at END"
        " WHERE c.patient = $1 AND c.number_hash = ANY($2::bytea[])",
        chart, list(numbers),
    )  # fmt: skip
    for phone in among:
        if phone.number_hash in numbers:
            await phones.close_task(phone.id, NOT_THEIRS)
    await use_the_stated_one(chart)


async def use_the_stated_one(chart: UUID) -> None:
    """Let the number that its facility stated last be in use, where nothing is bound to a chart."""
    await execute(
        "UPDATE contact_point c SET confirmed_at = coalesce(c.confirmed_at, hub_clock()),"
        " confirmed_by = 'facility', replaced_at = NULL"
        " WHERE c.patient = $1 AND c.kind = 'own' AND c.stated_since IS NOT NULL"
        " AND c.stated_until IS NULL AND c.declined_at IS NULL AND c.not_theirs_since IS NULL"
        " AND NOT EXISTS (SELECT FROM contact_point b WHERE b.patient = c.patient"
        "  AND b.kind = 'own' AND b.confirmed_by IN ('patient', 'desk')"
        "  AND b.declined_at IS NULL AND b.not_theirs_since IS NULL"
        "  AND (b.replaced_at IS NULL OR b.replaced_at > hub_clock()))",
        chart,
    )


async def bound_with(charts: list[UUID], contact: UUID) -> list[UUID]:
    """Give those of these charts to which the number of a contact point is bound, and in use."""
    rows = await fetch(
        f"SELECT DISTINCT c.patient FROM contact_point c WHERE c.patient = ANY($1) AND {IN_USE}"
        f" AND {IS_BOUND} AND c.number_hash = ANY($2::bytea[])",
        charts, list(await _hashes_of(contact)),
    )  # fmt: skip
    return [row["patient"] for row in rows]


async def bound_number(chart: UUID) -> UUID | None:
    """Give the number that is bound to a chart and in use; None where there is none."""
    found: UUID | None = await fetch_value(
        f"SELECT c.id FROM contact_point c WHERE c.patient = $1 AND {IN_USE} AND {IS_BOUND}"
        f" ORDER BY {phones.NEWEST_FIRST} LIMIT 1",
        chart,
    )
    return found


async def _end_reach_by(phone: Phone, why: str) -> None:
    """End what a code to this number has opened of its chart."""
    await execute(
        "UPDATE session_chart SET ended_at = hub_clock(), ended_why = $3 WHERE chart = $1"
        " AND ended_at IS NULL AND contact IN (SELECT id FROM contact_point"
        "  WHERE number_hash = ANY($2::bytea[]))",
        phone.patient, list(await _hashes_of(phone.id)), why,
    )  # fmt: skip


async def _hashes_of(contact: UUID) -> set[bytes]:
    """Give the hashes of a number under all live keys, and the one that is stored."""
    sealed, kept = await _number(contact)
    number = unseal(sealed, table="contact_point", column="number", row=contact)
    return {kept, *hashes_of("phone", number)}


async def _number(contact: UUID) -> tuple[bytes, bytes]:
    (row,) = await fetch("SELECT number, number_hash FROM contact_point WHERE id = $1", contact)
    return row["number"], bytes(row["number_hash"])
