"""Settles deliveries in doubt: finds them, looks them up at the provider, repeats or ends them.

A text may be repeated after two empty listings at least `HUB_DOUBT_SECONDS` apart, the first of
them after the wire deadline, and a third look right before the repeat (`sending.send`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from backend.core.crypto.key_ring import unseal_late
from backend.core.crypto.sealing import UnreadableSeal
from backend.core.database import execute, fetch, transaction
from backend.core.log import log
from backend.core.odd_rows.row_isolation import (
    PutAside,
    in_batch_or_apart,
    is_about_the_row,
    report_unreadable,
)
from backend.gateways.sender import Lister
from backend.notifications.delivery.claiming import end_unreadable
from backend.notifications.delivery.sending import BEFORE, find_text
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.kinds import CODES, KNOWN_KINDS
from backend.notifications.rules import (
    KNOWN_CHANNELS,
    NEVER_FOUND,
    UNREADABLE,
    UNREADABLE_ADDRESS,
)

_LOOK_LASTS = timedelta(seconds=20)
"""How long one worker has a look to itself before another may take it: longer than a listing."""

_ENDING = PutAside("find_dead")
_DEAD = """
    SELECT d.id FROM delivery d JOIN notification n ON n.id = d.notification
     WHERE d.status = 'sending' AND d.lease_until < hub_clock() AND d.id <> ALL($2)
       AND d.channel = ANY($3) AND n.kind = ANY($4)
     ORDER BY d.lease_until LIMIT $1
"""
_EXPIRED = """
WITH dead AS (
    SELECT d.id, n.kind FROM delivery d JOIN notification n ON n.id = d.notification
     WHERE d.id = ANY($1) AND d.status = 'sending' AND d.lease_until < hub_clock()
       FOR NO KEY UPDATE OF d SKIP LOCKED
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
    """End the claims of workers that fell silent; give how many.

    Each may have been sent. So a text is in doubt. A code has failed: it is never repeated. A push
    is planned again at once: the phone replaces the earlier copy. A kind that this process does not
    know may be a code, so a newer process decides.
    """

    async def dead(but: Sequence[UUID]) -> list[UUID]:
        rows = await fetch(_DEAD, batch, but, KNOWN_CHANNELS, KNOWN_KINDS)
        return [row["id"] for row in rows]

    return await in_batch_or_apart(_ENDING, dead, _expire)


async def _expire(deliveries: Sequence[UUID]) -> int:
    done = await execute(_EXPIRED, deliveries, [code.value for code in CODES])
    return int(done.rpartition(" ")[2])


_TO_LOOK_UP = """
WITH due AS (
    SELECT id FROM delivery WHERE status = 'in_doubt' AND next_listing_at <= hub_clock()
       AND channel = 'sms'
       AND (SELECT n.kind FROM notification n WHERE n.id = delivery.notification) = ANY($3)
     ORDER BY next_listing_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
    UPDATE delivery d SET next_listing_at = hub_clock() + $2::interval
      FROM due WHERE d.id = due.id RETURNING d.*
)
SELECT id FROM taken
"""
_FACTS = """
SELECT d.id, d.reference, d.contact, d.next_listing_at, c.number,
       (SELECT min(t.claimed_at) FROM attempt t WHERE t.delivery = d.id) AS since
  FROM delivery d LEFT JOIN contact_point c ON c.id = d.contact WHERE d.id = $1
"""


async def reconcile(lister: Lister, *, doubt: float, batch: int = 20) -> int:
    """Look up what is in doubt and due for a look, each by itself; give how many were looked for.

    Args:
        lister: lists what the provider has accepted.
        doubt: seconds between two empty listings.
        batch: how many at most.
    """
    taken = await fetch(_TO_LOOK_UP, batch, _LOOK_LASTS, KNOWN_KINDS)
    looks = (_settle(lister, row["id"], doubt) for row in taken)
    failures = [end for end in await asyncio.gather(*looks, return_exceptions=True) if end]
    if failures:
        raise failures[0]
    return len(taken)


@dataclass(frozen=True, slots=True)
class _Look:
    """One delivery that this worker looks up now."""

    delivery: UUID
    number: str = field(repr=False)
    taken_until: datetime
    """`next_listing_at` while the look is this worker's: another value, and nothing counts here."""
    reference: str
    since: datetime
    """From when on the list is searched: `BEFORE` the first attempt."""


async def _settle(lister: Lister, delivery: UUID, doubt: float) -> None:
    """Look one delivery up. One that cannot be read ends; it was in doubt, so a receipt is welcome.

    After another failure its next look comes like any other.
    """
    try:
        await _look_up(lister, await _look_at(delivery), doubt)
    except UnreadableSeal as unreadable:
        await end_unreadable(delivery, [Status.IN_DOUBT.value], UNREADABLE_ADDRESS)
        await report_unreadable("contact_point.number", delivery, unreadable)
    except Exception as surprise:
        if not is_about_the_row(surprise):
            raise
        await end_unreadable(delivery, [Status.IN_DOUBT.value], UNREADABLE)
        await report_unreadable("delivery", delivery, surprise)


async def _look_at(delivery: UUID) -> _Look:
    (row,) = await fetch(_FACTS, delivery)
    return _Look(
        delivery=row["id"],
        number=await unseal_late(
            row["number"] or b"", table="contact_point", column="number", row=row["contact"]
        ),
        taken_until=row["next_listing_at"],
        reference=row["reference"],
        since=row["since"] - BEFORE,
    )


async def _look_up(lister: Lister, look: _Look, doubt: float) -> None:
    try:
        found = await find_text(lister, look.number, look.reference, look.since)
    except Exception as failure:  # noqa: BLE001  # whatever it is, nothing is known of this text
        log.warning("listing_failed", delivery=look.delivery, error=type(failure).__name__)
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
    """Write down that the provider has the text.

    The attempt is locked before the delivery: receipts do so too, and neither waits for the other.
    """
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
"""Of an empty listing. The first changes no status. The second lets the text be planned again, and
looked for once more right before the call. A text past its time ends here: it was never found."""
