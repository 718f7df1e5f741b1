"""A patient's inbox: lists the notifications, and notes what the app has received and shown."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from backend.core.change_signals import publish
from backend.core.database import execute, fetch, fetch_one
from backend.core.errors import NotFound
from backend.gateways.sender import ReceiptRank
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.kinds import CODES

APP_RANK: Final = {Status.DELIVERED: ReceiptRank.DELIVERED, Status.READ: ReceiptRank.READ}
"""What the app reports of a push, as a receipt."""
_STANDS_THERE: Final = "kind NOT IN ({})".format(", ".join(f"'{kind}'" for kind in sorted(CODES)))
"""`stream_marks` of the database compares the same ones."""


class NotificationView(Struct, frozen=True, rename="camel"):
    id: UUID
    kind: str
    subject: UUID
    created_at: datetime
    read_at: datetime | None
    starts_at: datetime | None
    ticket: str
    counter: str


async def inbox(patient: UUID, limit: int, before: UUID | None) -> list[NotificationView]:
    """List the patient's notifications, newest first. The newest id is the largest (UUIDv7)."""
    rows = await fetch(
        "SELECT id, kind, subject, created_at, read_at, starts_at, ticket, counter"
        f" FROM notification WHERE patient = $1 AND {_STANDS_THERE}"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2",
        patient, limit, before,
    )  # fmt: skip
    return [NotificationView(**dict(row)) for row in rows]


async def note_received(patient: UUID, notification: UUID) -> None:
    """Note that the app has received a notification, which also proves a push in doubt."""
    await _own(patient, notification)
    await _report(patient, notification, Status.DELIVERED)


async def note_read(patient: UUID, notification: UUID) -> None:
    """Note that the patient has read a notification; planned deliveries of it are dropped."""
    await _own(patient, notification)
    await execute(
        "UPDATE notification SET read_at = hub_clock()"
        " WHERE patient = $1 AND id = $2 AND read_at IS NULL",
        patient, notification,
    )  # fmt: skip
    publish(patient)
    await _report(patient, notification, Status.READ)


async def _own(patient: UUID, notification: UUID) -> None:
    known = await fetch_one(
        f"SELECT 1 FROM notification WHERE patient = $1 AND id = $2 AND {_STANDS_THERE}",
        patient, notification,
    )  # fmt: skip
    if known is None:
        raise NotFound


async def _report(patient: UUID, notification: UUID, status: Status) -> None:
    """Move the pushes of this notification, or of the one that speaks for it."""
    await execute(
        "WITH spoken AS (SELECT coalesce(grouped_into, id) AS id FROM notification"
        " WHERE patient = $1 AND id = $2),"
        " moved AS (UPDATE delivery d SET status = $3, rank = $4,"
        " delivered_at = coalesce(d.delivered_at, hub_clock()), ended_at = hub_clock()"
        " FROM spoken WHERE d.patient = $1 AND d.notification = spoken.id AND d.channel = 'push'"
        " AND d.rank < $4 AND d.status = ANY($5) RETURNING d.id)"
        " INSERT INTO delivery_event (delivery, status, source) SELECT id, $3, 'app' FROM moved",
        patient, notification, status.value, APP_RANK[status], may_become(status),
    )  # fmt: skip
