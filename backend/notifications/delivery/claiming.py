"""Claims a batch of due deliveries in one statement, each with a row for its attempt."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.auth.phones.phones import IN_USE
from backend.core.crypto.sealing import unseal
from backend.core.database import Row, fetch, transaction
from backend.gateways.sender import Channel
from backend.notifications.brakes.booking import book_due
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.kinds import OF_RECORDS, Kind, Lane
from backend.notifications.rules import SendContext

_CLAIM = f"""
WITH suspended AS MATERIALIZED (
    SELECT hub_suspended() AS facilities
), due AS (
    SELECT id FROM delivery o
     WHERE status = ANY($4) AND due_at <= hub_clock() AND lane <= $5
       AND (channel <> 'sms' OR attempts > 0 OR (SELECT true FROM booked_text b WHERE b.id = o.id))
       AND ((SELECT facilities FROM suspended) = '{{}}' OR (
            SELECT n.kind <> ALL($6)
                   OR n.facility <> ALL((SELECT facilities FROM suspended)::uuid[])
              FROM notification n WHERE n.id = o.notification))
     ORDER BY lane, due_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
), claimed AS (
    UPDATE delivery d
       SET status = 'sending', lease_until = hub_clock() + $2::interval, attempts = d.attempts + 1
      FROM due WHERE d.id = due.id RETURNING d.*
), made AS (
    INSERT INTO attempt (id, delivery, number, worker, claimed_at)
    SELECT uuidv7(), id, attempts, $3, hub_clock() FROM claimed
    RETURNING id, delivery, claimed_at
)
SELECT made.id AS attempt, made.claimed_at, d.id, d.channel, d.reference, d.attempts,
       d.verify_before_retry, d.contact, d.device, d.created_at,
       n.id AS notification, n.kind, n.subject, n.ticket, n.counter, n.starts_at, n.expires_at,
       n.read_at IS NOT NULL AS read, n.patient <> d.patient AS moved, n.accepted_at,
       CASE WHEN n.kept_back THEN NOT EXISTS (
           SELECT FROM notification f
            WHERE f.patient = n.patient AND f.grouped_into = n.id AND NOT f.kept_back)
       ELSE false END AS kept_back,
       f.short_name, f.hotline,
       p.language, p.deceased_at IS NOT NULL AS deceased,
       c.number, {IN_USE} OR (n.kind = 'phone.code' AND c.declined_at IS NULL
                              AND c.wrong_since IS NULL) AS number_live,
       v.push_token
  FROM made
  JOIN claimed d ON d.id = made.delivery
  JOIN notification n ON n.id = d.notification
  JOIN facility f ON f.id = n.facility
  JOIN patient p ON p.id = d.patient
  LEFT JOIN contact_point c ON c.id = d.contact
  LEFT JOIN device v ON v.id = d.device
"""


"""A text is claimed once it is booked, and what a suspended facility has told is not: the function
holds a lock to the end, for which the suspension waits. Both are asked as scalars, one look at an
index for each row: an EXISTS would be planned as one look at the whole table."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery that this worker may send until its wire deadline, with all data for that."""

    attempt: UUID
    claimed_at: datetime
    wire_deadline: float
    """On `time.monotonic()`: taken before the claim, so it ends before the lease does."""
    delivery: UUID
    channel: Channel
    number: int
    """1 at the first attempt."""
    verify_first: bool
    """A repeat after a doubt: ask the provider once more, right before."""
    reference: str
    address: str
    """E.164 or push token, unsealed; empty when there is none any more."""
    contact: UUID | None
    device: UUID | None
    notification: UUID
    kind: Kind
    subject: UUID
    ticket: str
    counter: str
    starts_at: datetime | None
    facility: str
    hotline: str
    language: str
    accepted_at: datetime
    present: SendContext


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
        await book_due()
    async with transaction():
        rows = await fetch(
            _CLAIM,
            batch,
            timedelta(seconds=lease),
            worker,
            may_become_sending(),
            int(last_lane),
            [kind.value for kind in OF_RECORDS],
        )
    return [_claimed(row, monotonic + lease - margin) for row in rows]


def may_become_sending() -> list[str]:
    return may_become(Status.SENDING)


def _claimed(row: Row, wire_deadline: float) -> Claim:
    address = _address(row)
    live = bool(address) and (row["channel"] == Channel.PUSH or bool(row["number_live"]))
    channel = Channel(row["channel"])
    present = SendContext(
        channel=channel,
        read=row["read"],
        expires_at=row["expires_at"],
        deceased=row["deceased"],
        address_live=live,
        moved=row["moved"],
        kept_back=row["kept_back"],
        doubted=row["verify_before_retry"],
    )
    return Claim(
        attempt=row["attempt"],
        claimed_at=row["claimed_at"],
        wire_deadline=wire_deadline,
        delivery=row["id"],
        channel=channel,
        number=row["attempts"],
        verify_first=row["verify_before_retry"],
        reference=row["reference"],
        address=address,
        contact=row["contact"],
        device=row["device"],
        notification=row["notification"],
        kind=Kind(row["kind"]),
        subject=row["subject"],
        ticket=row["ticket"],
        counter=row["counter"],
        starts_at=row["starts_at"],
        facility=row["short_name"],
        hotline=row["hotline"],
        language=row["language"],
        accepted_at=row["accepted_at"],
        present=present,
    )


def _address(row: Row) -> str:
    if row["channel"] == Channel.SMS:
        sealed, table, column, key = row["number"], "contact_point", "number", row["contact"]
    else:
        sealed, table, column, key = row["push_token"], "device", "push_token", row["device"]
    return unseal(sealed, table=table, column=column, row=key) if sealed else ""
