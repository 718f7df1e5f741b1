"""Decides, for the worker, whether a code may be sent: per number, per person, and what it costs.

Here and not where somebody asks: whoever asks would learn from it who is known, and which people
share a phone. The counts are in PostgreSQL, so that losing Redis loses none.
"""

from dataclasses import dataclass
from datetime import datetime

from piccolo.columns import UUID, Bytea, Timestamptz
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from backend.auth.credentials.lockout import is_open
from backend.auth.credentials.one_time_codes import PHONE, SIGN_IN, Challenge
from backend.auth.credentials.rules import (
    Budget,
    SentCodes,
    Total,
    Withheld,
    due_at,
    exceeded,
    why_withheld,
)
from backend.auth.phones.e164 import NotAPhone, normalise
from backend.auth.phones.phones import IS_BOUND, TAKES_CODES
from backend.core.alarms import AlarmKind, alarm
from backend.core.crypto.key_ring import unseal_late
from backend.core.crypto.sealing import UnreadableSeal, lookup_hash
from backend.core.database import DB, TimeOrderedId, execute, fetch_one, fetch_value
from backend.core.metrics import CODES_WITHHELD
from backend.core.odd_rows.row_isolation import report_unreadable
from backend.core.settings import load_settings

LOCK = 7_304
ALARMED = {
    Total.MINUTE: AlarmKind.MINUTE_SPENT,
    Total.DAY: AlarmKind.DAY_SPENT,
}


class CodeText(Table, tablename="sms_code", db=DB):
    """One text with a code, counted before it is sent. Its id is the challenge's."""

    id = UUID(primary_key=True, default=TimeOrderedId())
    pair_hash = Bytea()
    number_hash = Bytea()
    due_at = Timestamptz(default=TimestamptzNow())


@dataclass(frozen=True, slots=True)
class _Where:
    """Where a code would go, as far as it is counted."""

    pair: bytes
    number: bytes


async def one_worker_counts() -> bool:
    """Hold the one lock under which codes are counted, to the end of the transaction."""
    return bool(await fetch_value("SELECT pg_try_advisory_xact_lock($1)", LOCK))


async def when_to_send(challenge: Challenge) -> datetime | Withheld:
    """Count one more code and say when it is due, or why it is not sent.

    Called under the lock of `one_worker_counts`, in the transaction that plans the text.
    """
    due = await _weigh(challenge)
    if isinstance(due, Withheld):
        CODES_WITHHELD.labels(due.value).inc()
    return due


async def _weigh(challenge: Challenge) -> datetime | Withheld:
    refused = await _why_refused(challenge)
    return await _count_it(challenge) if refused is None else refused


async def _count_it(challenge: Challenge) -> datetime | Withheld:
    if await _is_closed(challenge):
        return Withheld.CLOSED
    try:
        number = await _counted_number(challenge)
    except UnreadableSeal as unreadable:
        await report_unreadable("contact_point.number", challenge.contact, unreadable)
        return Withheld.UNREADABLE
    if number is None:
        return Withheld.NOT_MOBILE
    where = _Where(challenge.pair_hash, number)
    sent = await _sent(where)
    why, due = why_withheld(sent), due_at(challenge.created_at, sent.last_to_number)
    for total in exceeded(sent, _budget()):
        await alarm(ALARMED[total])
    if why is not None:
        return why
    if due >= challenge.expires_at:
        return Withheld.NUMBER
    await execute(
        "INSERT INTO sms_code (id, pair_hash, number_hash, due_at) VALUES ($1, $2, $3, $4)",
        challenge.id, where.pair, where.number, due,
    )  # fmt: skip
    return due


async def _is_closed(challenge: Challenge) -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM sign_in_challenge c JOIN sign_in_pair a"
            " ON a.subject_hash = c.subject_hashes[1] AND a.number_hash = c.number_hashes[1]"
            " AND a.counted_for = c.counted_for WHERE c.id = $1"
            f" AND NOT {is_open('a')})",
            challenge.id,
        )
    )  # fmt: skip


async def _why_refused(challenge: Challenge) -> Withheld | None:
    """Say why no code about this chart goes to this number, as things stand now.

    A code that a signed-in person asks for, to show that a number is theirs, goes to any number
    but one that somebody else has said is not.
    """
    row = await fetch_one(
        f"SELECT p.deceased_at IS NOT NULL AS dead, NOT p.active AS inactive, f.discreet,"
        f" {TAKES_CODES} AS takes_codes, c.needs_desk AND NOT {IS_BOUND} AS needs_desk,"
        " c.not_theirs_since IS NOT NULL AS not_theirs"
        " FROM contact_point c JOIN patient p ON p.id = c.patient"
        " LEFT JOIN facility f ON f.id = p.facility WHERE c.id = $1",
        challenge.contact,
    )
    assert row, "numbers are not deleted"
    proves = challenge.purpose == PHONE
    refused = {
        Withheld.DECEASED: row["dead"],
        Withheld.INACTIVE: row["inactive"],
        Withheld.DISCREET: row["discreet"] and not proves,
        Withheld.NEEDS_DESK: row["not_theirs"] or (row["needs_desk"] and not proves),
        Withheld.NOT_IN_USE: not proves and not row["takes_codes"],
    }
    return next((why for why, is_so in refused.items() if is_so), None)


async def _counted_number(challenge: Challenge) -> bytes | None:
    """Say under what the number is counted; None when it is not a mobile number of this country.

    One that a person has shown to be theirs is counted for them alone. One that a facility only
    states is counted for all that this facility states it for: no other can use up its codes. A
    code that a signed-in person asks for is counted apart: no stranger at the door uses it up. So
    is the code of a device that has reached the chart with it.

    Raises:
        UnreadableSeal: its seal does not open.
    """
    row = await fetch_one(
        "SELECT number, CASE WHEN proved_at IS NULL THEN proposed_by ELSE patient END"
        " AS counted_for FROM contact_point WHERE id = $1",
        challenge.contact,
    )
    assert row, "numbers are not deleted"
    try:
        number = normalise(
            await unseal_late(
                row["number"], table="contact_point", column="number", row=challenge.contact
            )
        )
    except NotAPhone:
        return None
    apart = "" if challenge.purpose == SIGN_IN else f"{challenge.purpose} "
    own = f"{row['counted_for']} {challenge.counted_for}".rstrip()
    return lookup_hash("code-number", f"{apart}{own} {number}")


async def _sent(where: _Where) -> SentCodes:
    row = await fetch_one(
        "WITH recent AS (SELECT number_hash, pair_hash, due_at FROM sms_code"
        "  WHERE due_at > hub_clock() - interval '1 day'"
        "  AND (pair_hash = $1 OR number_hash = $2))"
        " SELECT count(*) FILTER (WHERE pair_hash = $1) AS pair_day,"
        " count(*) FILTER (WHERE pair_hash = $1 AND due_at > h.since) AS pair_hour,"
        " count(*) FILTER (WHERE number_hash = $2) AS number_day,"
        " count(*) FILTER (WHERE number_hash = $2 AND due_at > h.since) AS number_hour,"
        " max(due_at) FILTER (WHERE number_hash = $2) AS last_to_number,"
        " (SELECT count(*) FROM sms_code"
        "   WHERE due_at > hub_clock() - interval '1 minute') AS everybody_minute,"
        " (SELECT count(*) FROM sms_code"
        "   WHERE due_at > hub_clock() - interval '1 day') AS everybody_day"
        " FROM (SELECT hub_clock() - interval '1 hour' AS since) h LEFT JOIN recent ON true",
        where.pair, where.number,
    )  # fmt: skip
    assert row, "an aggregate has one row"
    return SentCodes(**dict(row))


def _budget() -> Budget:
    settings = load_settings()
    return Budget(settings.codes_per_minute, settings.codes_per_day)
