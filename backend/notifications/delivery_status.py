"""The states of a delivery, and which may follow which."""

from enum import StrEnum

from backend.gateways.sender import ReceiptRank


class Status(StrEnum):
    HELD = "held"
    PLANNED = "planned"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    REFUSED = "refused"
    TECHNICAL_FAILURE = "technical_failure"
    SUPPRESSED = "suppressed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_STOPPED = frozenset({Status.SUPPRESSED, Status.SUPERSEDED, Status.EXPIRED, Status.CANCELLED})
_PROVEN = frozenset({Status.SENT, Status.DELIVERED, Status.READ, Status.REFUSED})

NEXT: dict[Status, frozenset[Status]] = {
    Status.HELD: frozenset({Status.PLANNED, Status.TECHNICAL_FAILURE}) | _STOPPED | _PROVEN,
    Status.PLANNED: frozenset({Status.SENDING, Status.HELD, Status.TECHNICAL_FAILURE})
    | _STOPPED
    | _PROVEN,
    Status.SENDING: frozenset({Status.PLANNED, Status.IN_DOUBT, Status.TECHNICAL_FAILURE})
    | _PROVEN
    | _STOPPED,
    Status.IN_DOUBT: frozenset({Status.PLANNED, Status.TECHNICAL_FAILURE}) | _PROVEN,
    Status.SENT: frozenset({Status.DELIVERED, Status.READ, Status.REFUSED}),
    Status.REFUSED: frozenset({Status.DELIVERED, Status.READ}),
    Status.TECHNICAL_FAILURE: _PROVEN,
    Status.DELIVERED: frozenset({Status.READ}),
    Status.READ: frozenset(),
    **{stopped: frozenset[Status]() for stopped in _STOPPED},
}
"""What a delivery may become. The `WHERE` of every move is made from this table.

From `planned` it may jump to what a receipt proves: a worker was killed after the call and the
delivery was given back, or is about to be repeated, when the receipt of the first call arrives.
The same from `held`: a facility may be suspended before the repeat.
"""


def may_become(status: Status) -> list[str]:
    """List the statuses from which a delivery may change to this one."""
    return [before.value for before, after in NEXT.items() if status in after]


RECEIPT_STATUS: dict[ReceiptRank, Status] = {
    ReceiptRank.ACCEPTED: Status.SENT,
    ReceiptRank.SENDING: Status.SENT,
    ReceiptRank.SENT: Status.SENT,
    ReceiptRank.FAILED: Status.REFUSED,
    ReceiptRank.DELIVERED: Status.DELIVERED,
    ReceiptRank.READ: Status.READ,
}
"""Receipts come late, twice and out of order: only a higher rank moves a delivery."""
