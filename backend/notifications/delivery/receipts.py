"""Stores receipts of providers: late, double or out of order; only a step forward counts.

The attempt is in the path, so a receipt proves a send that a crash forgot.
"""

from uuid import UUID

from backend.core.database import execute, fetch_one, fetch_value, transaction
from backend.core.log import log
from backend.core.metrics import PROVEN_DOUBLES
from backend.gateways.sender import FailureScope, Receipt
from backend.notifications.delivery.lifecycle import ENDS, MAY_MOVE
from backend.notifications.delivery_status import RECEIPT_STATUS
from backend.notifications.failpoints import RECEIPT_IN_HAND, Failpoint, no_failpoint

UNREACHABLE_TIMES = 3
"""So many times unreachable, with nothing delivered between, and nobody has the number any more."""


_NOTE = f"""
WITH a AS (SELECT $1::uuid AS delivery, $2::text AS status, $3::smallint AS rank),
moved AS (
    UPDATE delivery d
       SET rank = a.rank, status = a.status, provider_id = $4, lease_until = NULL,
           reason = $5, next_listing_at = NULL,
           sent_at = coalesce(d.sent_at, hub_clock()),
           delivered_at = CASE WHEN a.status IN ('delivered', 'read')
                               THEN coalesce(d.delivered_at, hub_clock()) ELSE d.delivered_at END,
           ended_at = CASE WHEN a.status IN ({ENDS}, 'delivered') THEN hub_clock()
                           ELSE d.ended_at END
      FROM a WHERE d.id = a.delivery AND a.rank > d.rank
       AND (d.status = a.status OR {MAY_MOVE})
    RETURNING d.id
)
INSERT INTO delivery_event (delivery, status, source, code)
SELECT $1, $6, 'receipt', $5 FROM a
"""


async def note_receipt(
    attempt: UUID, receipt: Receipt, failpoint: Failpoint = no_failpoint
) -> None:
    """Store a receipt, and move its delivery if the receipt's rank is higher.

    An unknown attempt or word is harmless and changes nothing.
    """
    await failpoint(RECEIPT_IN_HAND, attempt)
    if receipt.rank is None:
        log.warning("receipt_unknown_status", attempt=attempt)
        return
    async with transaction():
        sent = await fetch_one(
            "SELECT t.delivery, t.provider_id, d.contact FROM attempt t"
            " JOIN delivery d ON d.id = t.delivery WHERE t.id = $1 FOR NO KEY UPDATE OF t",
            attempt,
        )
        if sent is None:
            log.warning("receipt_unknown_attempt", attempt=attempt)
            return
        if not await _prove(attempt, receipt, sent["delivery"], sent["provider_id"]):
            return
        await execute(
            _NOTE, sent["delivery"], RECEIPT_STATUS[receipt.rank].value, receipt.rank,
            receipt.provider_id, receipt.code, receipt.word,
        )  # fmt: skip
        if receipt.failure_scope is FailureScope.ADDRESS or await _silent_again(
            receipt, sent["contact"]
        ):
            await execute(
                "UPDATE contact_point SET wrong_since = hub_clock()"
                " WHERE id = $1 AND wrong_since IS NULL",
                sent["contact"],
            )


async def _silent_again(receipt: Receipt, contact: UUID) -> bool:
    if not receipt.unreachable:
        return False
    times = await fetch_value(
        "SELECT count(*) FROM delivery d JOIN contact_point c ON c.patient = d.patient"
        " AND c.id = d.contact WHERE c.id = $1 AND d.status = 'refused' AND d.reason = $2"
        " AND d.ended_at > greatest(c.proved_at, c.confirmed_at, (SELECT max(o.delivered_at)"
        "  FROM delivery o WHERE o.patient = c.patient AND o.contact = c.id))",
        contact, receipt.code,
    )  # fmt: skip
    return int(times) >= UNREACHABLE_TIMES


async def _prove(attempt: UUID, receipt: Receipt, delivery: UUID, known: str) -> bool:
    """Keep the provider's id as this attempt's; a second id for one text is a proven double."""
    if known == receipt.provider_id:
        return True
    if known:
        _alarm(attempt)
        return False
    others = await fetch_value(
        "SELECT count(*) FROM attempt WHERE delivery = $1 AND provider_id NOT IN ('', $2)",
        delivery, receipt.provider_id,
    )  # fmt: skip
    if others:
        _alarm(attempt)
    await execute(
        "UPDATE attempt SET provider_id = $2, outcome = 'accepted',"
        " answered_at = coalesce(answered_at, hub_clock()) WHERE id = $1",
        attempt, receipt.provider_id,
    )  # fmt: skip
    return True


def _alarm(attempt: UUID) -> None:
    PROVEN_DOUBLES.labels("sms").inc()
    log.error("proven_double", attempt=attempt, channel="sms")
