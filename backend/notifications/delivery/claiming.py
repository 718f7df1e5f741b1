"""Claims a batch of due deliveries in one statement, each with a row for its attempt.

Where that fails because of one row, each delivery is claimed by itself, and that row ends.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.auth.phones.phones import IN_USE
from backend.core.crypto.key_ring import catch_up
from backend.core.database import Row, execute, fetch
from backend.core.log import log
from backend.core.metrics import DUTY_FAILURES
from backend.core.odd_rows.row_isolation import PutAside, is_about_the_row, report_unreadable
from backend.core.postgres.database_failures import is_engine_away
from backend.notifications.brakes.booking import book_due, due_to_book
from backend.notifications.delivery.claims import Claim, read_claim
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.kinds import (
    KNOWN_KINDS,
    OF_RECORDS,
    WARNINGS,
    Lane,
)
from backend.notifications.planning.plan_rows import LIVE_REACH, REACHES
from backend.notifications.rules import KNOWN_CHANNELS, UNREADABLE

BOOKING: Final = "booking"
"""What counting texts before the claim is called where failures are counted."""
_ASIDE: Final = PutAside("delivery")
_SUSPENDED = "suspended AS MATERIALIZED (SELECT hub_suspended() AS facilities)"
_MAY_BE_SENT: Final = ", ".join(f"'{status}'" for status in may_become(Status.SENDING))
"""Written out as well as given: only so the index of what is due fits for any values."""
_DUE = f"""
    SELECT id FROM delivery o
     WHERE status IN ({_MAY_BE_SENT}) AND status = ANY($2) AND due_at <= hub_clock()
       AND lane <= $3 AND channel = ANY($4)
       AND id <> ALL($7) AND (channel <> 'sms' OR attempts > 0 OR contact IS NULL
                              OR (SELECT true FROM booked_text b WHERE b.id = o.id AND b.leaves))
       AND (SELECT n.kind = ANY($5) AND (
                       s.facilities = '{{}}' OR n.kind <> ALL($6)
                       OR n.facility <> ALL(s.facilities))
              FROM notification n CROSS JOIN suspended s WHERE n.id = o.notification)
     ORDER BY lane, due_at LIMIT $1
"""
"""A kind or channel that this process does not know is left for a newer process. A text
is due once it is booked, and what a suspended facility has told is not: the function holds a lock
to the end, for which the suspension waits. All are asked as scalars, one look at an index for each
row, in the order of the queue: a join or an EXISTS could begin at the whole other table."""

_WARNINGS = ", ".join(f"'{kind}'" for kind in sorted(WARNINGS))

_FACTS = f"""
       made.id AS attempt, made.claimed_at, d.id, d.channel, d.lane, d.reference, d.attempts,
       d.verify_before_retry, d.contact, d.device, d.created_at,
       n.id AS notification, n.kind, n.subject, n.ticket, n.counter, n.starts_at, n.expires_at,
       n.read_at IS NOT NULL AS read, n.patient <> d.patient AS moved, n.accepted_at,
       CASE WHEN n.kept_back THEN NOT EXISTS (
           SELECT FROM notification f
            WHERE f.patient = n.patient AND f.grouped_into = n.id AND NOT f.kept_back)
       ELSE false END AS kept_back,
       f.short_name, f.hotline, f.discreet,
       p.language, p.deceased_at IS NOT NULL AS deceased, NOT p.active AS inactive,
       c.number,
       CASE WHEN n.kind IN ({_WARNINGS}) THEN c.not_theirs_since IS NULL AND c.declined_at IS NULL
            WHEN n.kind = 'phone.code' THEN c.not_theirs_since IS NULL AND c.declined_at IS NULL
                                            AND c.wrong_since IS NULL
            ELSE {IN_USE} END AS number_live,
       n.kind = 'phone.changed' AND EXISTS (
           SELECT FROM contact_point t WHERE t.id = n.subject AND t.declined_at IS NOT NULL
       ) AS refused,
       v.push_token,
       CASE WHEN d.channel = 'push' THEN EXISTS (
           SELECT {LIVE_REACH} WHERE s.device = v.id AND r.chart = d.patient AND {REACHES})
       END AS reaches
"""
_OF_EACH = """
  FROM made
  JOIN claimed d ON d.id = made.delivery
 CROSS JOIN LATERAL (SELECT * FROM notification WHERE id = d.notification OFFSET 0) n
  JOIN facility f ON f.id = n.facility
 CROSS JOIN LATERAL (SELECT language, deceased_at, active FROM patient
                      WHERE id = d.patient OFFSET 0) p
  LEFT JOIN LATERAL (SELECT * FROM contact_point WHERE id = d.contact OFFSET 0) c ON true
  LEFT JOIN LATERAL (SELECT * FROM device WHERE id = d.device OFFSET 0) v ON true
"""
"""OFFSET keeps PostgreSQL at one look at an index for each row that is claimed, however many rows
the tables have."""
_CLAIM = f"""
WITH {_SUSPENDED}, due AS (
    {_DUE} FOR NO KEY UPDATE SKIP LOCKED
), claimed AS (
    UPDATE delivery d
       SET status = 'sending', lease_until = hub_clock() + $8::interval, attempts = d.attempts + 1
     WHERE d.id = ANY(ARRAY(SELECT id FROM due)) RETURNING d.*
), made AS (
    INSERT INTO attempt (id, delivery, number, worker, claimed_at)
    SELECT uuidv7(), id, attempts, $9, hub_clock() FROM claimed
    RETURNING id, delivery, claimed_at
)
SELECT k.*, hash_record_extended(k, 0) AS known
  FROM (SELECT {_FACTS}, false AS superseded {_OF_EACH} ORDER BY d.lane, d.due_at) k
"""
_LIST = f"WITH {_SUSPENDED} {_DUE}"
_CLAIM_ONE = _CLAIM.replace("ORDER BY", "AND id = $10 ORDER BY", 1)
_SUPERSEDED = """
       NOT d.verify_before_retry AND EXISTS (
           SELECT FROM notification m WHERE m.patient = n.patient AND m.subject = n.subject
              AND m.id <> n.id AND m.created_at > n.created_at AND m.grouped_into IS NULL
       ) AS superseded"""
_LOOK_AGAIN = f"""
WITH held AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::timestamptz[], $5::bigint[])
        AS h (attempt, delivery, number, claimed_at, known)
), claimed AS (
    SELECT d.*, h.attempt, h.claimed_at FROM held h JOIN delivery d ON d.id = h.delivery
     WHERE d.status = 'sending' AND d.attempts = h.number
), made AS (SELECT attempt AS id, id AS delivery, claimed_at FROM claimed)
SELECT h.attempt AS held, k.*, hash_record_extended(k, 0) AS known
  FROM held h LEFT JOIN (
    SELECT {_FACTS}, {_SUPERSEDED} {_OF_EACH} WHERE n.kind <> ALL($6) OR f.suspended_at IS NULL
  ) k ON k.attempt = h.attempt
 WHERE k.attempt IS NULL OR hash_record_extended(k, 0) <> h.known
"""
"""Gives nothing of what is as it was. Of what is this worker's no more, or of a suspended facility,
it gives only the attempt. What a newer notice replaces is left alone while it is `sending`: this
look finds it."""


async def claim(
    batch: int, *, worker: str, lease: float, margin: float, monotonic: float,
    last_lane: Lane = Lane.BULK, book: bool = True,
) -> list[Claim]:  # fmt: skip
    """Claim up to `batch` deliveries, the most urgent lane first.

    Args:
        lease: seconds until other workers hold the delivery for doubtful.
        margin: seconds before the end of the lease after which nothing is written to the wire.
        monotonic: `time.monotonic()`, read before this call.
        book: count the texts at the head of the queue first; what nobody counted is not claimed.
    """
    if book:
        await book_texts()
    wire_deadline = monotonic + lease - margin
    of_records = [kind.value for kind in OF_RECORDS]
    due = (batch, may_become_sending(), int(last_lane), KNOWN_CHANNELS, KNOWN_KINDS, of_records,
           _ASIDE.rows())  # fmt: skip
    lent = (timedelta(seconds=lease), worker)
    try:
        rows = await fetch(_CLAIM, *due, *lent)
    except Exception as surprise:
        if not is_about_the_row(surprise):
            raise
        log.error("batch_unreadable", where="delivery", error=type(surprise).__name__)
    else:
        return await _claims(rows, wire_deadline)
    claims: list[Claim] = []
    for row in await fetch(_LIST, *due):
        claims += await _claim_alone(row["id"], (*due, *lent), wire_deadline)
    return claims


async def look_again(claims: Sequence[Claim]) -> tuple[list[Claim], set[UUID]]:
    """Ask what has changed of claims that waited; the wire deadline of each stays as it was.

    Returns:
        Those of which something is different now, as they are; and the attempts that this worker
        may not make any more: what was settled meanwhile, or told by a suspended facility.
    """
    held = {claimed.attempt: claimed for claimed in claims}
    rows = await fetch(
        _LOOK_AGAIN,
        list(held),
        [claimed.delivery for claimed in claims],
        [claimed.number for claimed in claims],
        [claimed.claimed_at for claimed in claims],
        [claimed.known for claimed in claims],
        [kind.value for kind in OF_RECORDS],
    )
    changed = await _claims([row for row in rows if row["attempt"] is not None], 0.0)
    readable = {claimed.attempt for claimed in changed}
    return [
        replace(claimed, wire_deadline=held[claimed.attempt].wire_deadline) for claimed in changed
    ], {row["held"] for row in rows} - readable


async def book_texts() -> int:
    """Book what is due; where that fails, what is booked already is claimed all the same.

    Give how many deliveries were looked at; none where it failed.
    """
    try:
        return await _book_or_end()
    except Exception as surprise:
        if is_engine_away(surprise):
            raise
        DUTY_FAILURES.labels(BOOKING).inc()
        log.error("booking_failed", error=type(surprise).__name__)
    return 0


async def _book_or_end() -> int:
    """Book in one transaction; where it fails because of one delivery, each by itself."""
    aside = _ASIDE.rows()
    try:
        return await book_due(aside)
    except Exception as surprise:
        if not is_about_the_row(surprise):
            raise
        log.error("batch_unreadable", where="booked_text", error=type(surprise).__name__)
        alone = await due_to_book(aside)
        for delivery in alone:
            await _book_alone(delivery)
        return len(alone)


async def _book_alone(delivery: UUID) -> None:
    try:
        await book_due(only=delivery)
    except Exception as surprise:
        if not is_about_the_row(surprise):
            raise
        await _end_or_pass_over(delivery, surprise)


async def _claim_alone(
    delivery: UUID, values: Sequence[object], wire_deadline: float
) -> list[Claim]:
    """Claim one delivery, or end it where it cannot be read; none where another worker has it."""
    try:
        rows = await fetch(_CLAIM_ONE, *values, delivery)
    except Exception as surprise:
        if not is_about_the_row(surprise):
            raise
        await _end_or_pass_over(delivery, surprise)
        return []
    return await _claims(rows, wire_deadline)


async def _end_or_pass_over(
    delivery: UUID, surprise: Exception, *, is_claimed: bool = False
) -> None:
    """End what cannot be read; where not even that is possible, let it wait behind all others."""
    try:
        await end_unreadable(
            delivery, [Status.SENDING.value] if is_claimed else may_become_sending()
        )
    except Exception as refused:  # noqa: BLE001  # one delivery must not keep the others
        await _ASIDE.put(delivery, refused)
    else:
        await report_unreadable("delivery", delivery, surprise)


_END = """
WITH moved AS (
    UPDATE delivery SET status = $2, reason = $3, ended_at = hub_clock(), lease_until = NULL,
           next_listing_at = NULL
     WHERE id = $1 AND status = ANY($4) RETURNING id
)
INSERT INTO delivery_event (delivery, status, source, code) SELECT id, $2, 'worker', $3 FROM moved
"""


async def end_unreadable(
    delivery: UUID, while_it_is: Sequence[str], ending: tuple[Status, str] = UNREADABLE
) -> None:
    """End a delivery of which something cannot be read, unless it has moved on meanwhile."""
    status, reason = ending
    await execute(_END, delivery, status.value, reason, while_it_is)


def may_become_sending() -> list[str]:
    return may_become(Status.SENDING)


async def _claims(rows: Sequence[Row], wire_deadline: float) -> list[Claim]:
    """Read the rows; an address under a key that is new to this process is read once more."""
    claims = await _readable(rows, wire_deadline)
    if any(claimed.present.unreadable for claimed in claims):
        await catch_up()
        claims = await _readable(rows, wire_deadline)
    return claims


async def _readable(rows: Sequence[Row], wire_deadline: float) -> list[Claim]:
    """Read each row by itself: the claim is committed, and one that cannot be read ends here."""
    claims = []
    for row in rows:
        try:
            claims.append(read_claim(row, wire_deadline))
        except Exception as surprise:
            if not is_about_the_row(surprise):
                raise
            await _end_or_pass_over(row["id"], surprise, is_claimed=True)
    return claims
