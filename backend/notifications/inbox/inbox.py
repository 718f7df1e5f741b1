"""A patient's inbox: lists the notifications, and notes what the app has received and shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from backend.auth.access.gate import Caller
from backend.core.change_signals import publish
from backend.core.database import execute, fetch, fetch_value
from backend.core.errors import NotFound
from backend.gateways.sender import ReceiptRank
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.kinds import CODES, UNSTOPPED

_UNSTOPPED: Final = ", ".join(f"'{kind}'" for kind in sorted(UNSTOPPED))
APP_RANK: Final = {Status.DELIVERED: ReceiptRank.DELIVERED, Status.READ: ReceiptRank.READ}
"""What the app reports of a push, as a receipt."""
_STANDS_THERE: Final = "kind NOT IN ({})".format(", ".join(f"'{kind}'" for kind in sorted(CODES)))
"""`stream_marks` of the database compares the same ones."""


class NotificationView(Struct, frozen=True, rename="camel"):
    id: UUID
    chart: UUID
    """Of mine, which it is about."""
    facility: str
    """Who tells it."""
    kind: str
    subject: UUID
    created_at: datetime
    read_at: datetime | None
    starts_at: datetime | None
    ticket: str
    counter: str


async def inbox(charts: Sequence[UUID], limit: int, before: UUID | None) -> list[NotificationView]:
    """List what was told about charts, newest first. The newest id is the largest (UUIDv7)."""
    rows = await fetch(
        "SELECT n.id, n.patient AS chart, f.name AS facility, n.kind, n.subject, n.created_at,"
        " n.read_at, n.starts_at, n.ticket, n.counter FROM unnest($1::uuid[]) AS c (chart)"
        " CROSS JOIN LATERAL (SELECT * FROM notification WHERE patient = c.chart"
        f"  AND {_STANDS_THERE} AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2) n"
        " JOIN facility f ON f.id = n.facility ORDER BY n.id DESC LIMIT $2",
        list(charts), limit, before,
    )  # fmt: skip
    return [NotificationView(**dict(row)) for row in rows]


async def chart_of(caller: Caller, notification: UUID) -> UUID | None:
    """Give the chart that a notification is about, so that only its trail tells of the report.

    The gate decides whether it is the caller's; None where the session reaches no such chart.
    """
    chart: UUID | None = await fetch_value(
        "SELECT n.patient FROM notification n JOIN session_chart c ON c.chart = n.patient"
        " WHERE n.id = $1 AND c.session = $2 AND c.ended_at IS NULL",
        notification, caller.session,
    )  # fmt: skip
    return chart


async def note_received(charts: Sequence[UUID], notification: UUID) -> None:
    """Note that the app has received a notification, which also proves a push in doubt."""
    chart = await _own(charts, notification)
    await _report(chart, notification, Status.DELIVERED)


async def note_read(charts: Sequence[UUID], notification: UUID) -> None:
    """Note that the patient has read a notification; planned deliveries of it are dropped."""
    chart = await _own(charts, notification)
    await execute(
        "UPDATE notification SET read_at = hub_clock()"
        " WHERE patient = $1 AND id = $2 AND read_at IS NULL",
        chart, notification,
    )  # fmt: skip
    publish(chart)
    await _report(chart, notification, Status.READ)


async def _own(charts: Sequence[UUID], notification: UUID) -> UUID:
    chart: UUID | None = await fetch_value(
        f"SELECT patient FROM notification WHERE patient = ANY($1) AND id = $2 AND {_STANDS_THERE}",
        list(charts), notification,
    )  # fmt: skip
    if chart is None:
        raise NotFound
    return chart


async def _report(chart: UUID, notification: UUID, status: Status) -> None:
    """Move the pushes of this notification, or of the one that speaks for it.

    A warning that is told again goes to every phone all the same.
    """
    await execute(
        "WITH spoken AS (SELECT coalesce(grouped_into, id) AS id, kind FROM notification"
        " WHERE patient = $1 AND id = $2),"
        " moved AS (UPDATE delivery d SET status = $3, rank = $4,"
        " delivered_at = coalesce(d.delivered_at, hub_clock()), ended_at = hub_clock()"
        " FROM spoken WHERE d.patient = $1 AND d.notification = spoken.id AND d.channel = 'push'"
        " AND d.rank < $4 AND d.status = ANY($5)"
        f" AND (d.status NOT IN ('planned', 'held') OR spoken.kind NOT IN ({_UNSTOPPED}))"
        " RETURNING d.id)"
        " INSERT INTO delivery_event (delivery, status, source) SELECT id, $3, 'app' FROM moved",
        chart, notification, status.value, APP_RANK[status], may_become(status),
    )  # fmt: skip
