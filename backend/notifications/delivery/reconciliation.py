"""Settles deliveries in doubt: looks each up at the provider, then repeats it or gives it up.

A text may be repeated after two empty listings at least `HUB_DOUBT_SECONDS` apart, the first of
them after the wire deadline, and a third look right before the repeat (`delivery.send`).
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from backend.core.crypto.sealing import unseal
from backend.core.database import Row, execute, fetch, transaction
from backend.core.log import log
from backend.gateways.sender import Lister, ListingFailed
from backend.notifications.delivery.sending import BEFORE, find_text
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.kinds import CODES
from backend.notifications.rules import NEVER_FOUND

_CHECKING = timedelta(seconds=20)
"""How long one worker looks before another one may: longer than a listing may take."""

_EXPIRED = """
WITH dead AS (
    SELECT d.id, n.kind FROM delivery d JOIN notification n ON n.id = d.notification
     WHERE d.status = 'sending' AND d.lease_until < hub_clock()
     ORDER BY d.lease_until LIMIT $1 FOR NO KEY UPDATE OF d SKIP LOCKED
), moved AS (
    UPDATE delivery d
       SET status = CASE WHEN d.channel = 'push' THEN 'planned'
                         WHEN dead.kind = ANY($2) THEN 'technical_failure' ELSE 'in_doubt' END,
           ended_at = CASE WHEN dead.kind = ANY($2) THEN hub_clock() END,
           reason = 'worker_silent', next_listing_at = hub_clock(), due_at = hub_clock(),
           empty_listings = 0, lease_until = NULL
      FROM dead WHERE d.id = dead.id RETURNING d.id, d.status
)
INSERT INTO delivery_event (delivery, status, source, code)
SELECT id, status, 'worker', 'worker_silent' FROM moved
"""


async def expire_leases(batch: int = 500) -> int:
    """Put deliveries with an expired lease in doubt; give their number."""
    done = await execute(_EXPIRED, batch, [code.value for code in CODES])
    return int(done.rpartition(" ")[2])


_TO_CHECK = """
WITH due AS (
    SELECT id FROM delivery WHERE status = 'in_doubt' AND next_listing_at <= hub_clock()
     ORDER BY next_listing_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
    UPDATE delivery d SET next_listing_at = hub_clock() + $2::interval
      FROM due WHERE d.id = due.id RETURNING d.*
)
SELECT d.id, d.reference, d.contact, d.next_listing_at, c.number,
       (SELECT min(t.claimed_at) FROM attempt t WHERE t.delivery = d.id) AS since
  FROM taken d JOIN contact_point c ON c.id = d.contact
"""


async def reconcile(lister: Lister, *, doubt: float, batch: int = 20) -> int:
    """Look up the due deliveries in doubt at the provider; give their number."""
    looks = [_check(row) for row in await fetch(_TO_CHECK, batch, _CHECKING)]
    await asyncio.gather(*(_reconcile(lister, check, doubt) for check in looks))
    return len(looks)


@dataclass(frozen=True, slots=True)
class _Check:
    delivery: UUID
    number: str = field(repr=False)
    taken_until: datetime
    """Fences: an empty listing counts only while no other worker has taken the look over."""
    reference: str
    since: datetime


def _check(row: Row) -> _Check:
    return _Check(
        delivery=row["id"],
        number=unseal(row["number"], table="contact_point", column="number", row=row["contact"]),
        taken_until=row["next_listing_at"],
        reference=row["reference"],
        since=row["since"] - BEFORE,
    )


async def _reconcile(lister: Lister, look: _Check, doubt: float) -> None:
    try:
        found = await find_text(lister, look.number, look.reference, look.since)
    except ListingFailed:
        log.warning("listing_failed", delivery=look.delivery)
        await execute(
            "UPDATE delivery SET next_listing_at = hub_clock() + interval '10 seconds'"
            " WHERE id = $1 AND status = 'in_doubt' AND next_listing_at = $2",
            look.delivery, look.taken_until,
        )  # fmt: skip
        return
    if found is not None:
        await _proven(look.delivery, found)
    else:
        await execute(_NOT_THERE, look.delivery, doubt, look.taken_until, *NEVER_FOUND)


async def _proven(delivery: UUID, provider_id: str) -> None:
    """Write down what the list showed: the attempt before the delivery, as receipts lock them."""
    async with transaction():
        await execute(
            "UPDATE attempt SET provider_id = $2, outcome = 'accepted',"
            " answered_at = coalesce(answered_at, hub_clock()) WHERE id ="
            " (SELECT id FROM attempt WHERE delivery = $1 AND provider_id = ''"
            " AND outcome IN ('', 'in_doubt') ORDER BY number LIMIT 1)",
            delivery, provider_id,
        )  # fmt: skip
        await execute(
            "WITH moved AS (UPDATE delivery SET status = 'sent', provider_id = $2, reason = '',"
            " sent_at = coalesce(sent_at, hub_clock()), next_listing_at = NULL, ended_at = NULL"
            " WHERE id = $1 AND status = ANY($3) RETURNING id)"
            " INSERT INTO delivery_event (delivery, status, source)"
            " SELECT id, 'sent', 'listing' FROM moved",
            delivery, provider_id, may_become(Status.SENT),
        )  # fmt: skip


_NOT_THERE = """
WITH looked AS (
    SELECT d.id, n.expires_at <= hub_clock() AS over FROM delivery d
      JOIN notification n ON n.id = d.notification
     WHERE d.id = $1 AND d.status = 'in_doubt' AND d.next_listing_at = $3
       FOR NO KEY UPDATE OF d
), moved AS (
    UPDATE delivery d
       SET status = CASE WHEN looked.over THEN $4 WHEN d.empty_listings = 0 THEN d.status
                         ELSE 'planned' END,
           ended_at = CASE WHEN looked.over THEN hub_clock() END,
           reason = CASE WHEN looked.over THEN $5 ELSE d.reason END,
           empty_listings = d.empty_listings + 1,
           verify_before_retry = d.verify_before_retry OR d.empty_listings > 0,
           next_listing_at = hub_clock() + make_interval(secs => $2),
           due_at = hub_clock()
      FROM looked WHERE d.id = looked.id RETURNING d.id, d.status
)
INSERT INTO delivery_event (delivery, status, source, code)
SELECT id, status, 'listing', 'not_there' FROM moved
"""
