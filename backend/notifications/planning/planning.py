"""Plans notifications and deliveries, in the transaction of the event that causes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.auth.phones.phones import IN_USE, NEWEST_FIRST, TAKES_WARNINGS
from backend.core.change_signals import publish
from backend.core.clock import now
from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, new_id
from backend.core.settings import load_settings
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.kinds import (
    GROUPED,
    GROUPING_WINDOW,
    POLICIES,
    WARNINGS,
    DeliveryPolicy,
    Kind,
)
from backend.notifications.rules import (
    NEWER_STATE,
    Planned,
    QuietHours,
    Reach,
    plan_deliveries,
    warning_deliveries,
)
from backend.notifications.told import WHEN_PLANNED

LIVE_REACH = (
    "FROM session_chart r JOIN session s ON s.id = r.session AND s.ended_at IS NULL"
    " AND s.expires_at > hub_clock()"
)
REACHES = "r.ended_at IS NULL AND r.level <> 'found'"
"""Together: a session that lives reaches the chart `r.chart` on the phone `s.device`."""
_DEVICES = (
    f"SELECT 'device' AS kind, d.id, d.created_at {LIVE_REACH}"
    " JOIN device d ON d.id = s.device AND d.push_token IS NOT NULL"
    f" WHERE r.chart = $1 AND {REACHES}"
)
_EACH_ONCE = "GROUP BY d.id, d.created_at"
_MOST_WARNED = 3
"""Numbers of a chart that hear of one warning, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A request of another package to notify a patient. It has no content of a record.

    `ticket` and `counter` are a letter and up to four digits at most, so nothing clinical fits.
    """

    patient: UUID
    facility: UUID
    kind: Kind
    subject: UUID
    """What it is about: the id of a result, an appointment, a called queue."""
    happened_at: datetime
    accepted_at: datetime
    """When the hospital's request came in."""
    received_event: UUID | None
    sender_id: bytes | None = None
    """The facility's own id of the message it comes with, sealed for its row (`received_event`)."""
    subject_version: str = ""
    """Which state of the subject is told: the same one is told once."""
    ticket: str = ""
    counter: str = ""
    starts_at: datetime | None = None

    @property
    def is_warning(self) -> bool:
        return self.kind in WARNINGS


async def plan(notices: Sequence[Notice]) -> None:
    """Plan the notifications. Call it once, last, in the transaction of the event.

    All notices are about one chart. The most urgent one speaks; the others are folded into it
    and wait in the inbox.
    """
    useful = [candidate for candidate in notices if is_useful(candidate)]
    useful.sort(key=lambda candidate: POLICIES[candidate.kind].lane)
    speaker: UUID | None = None
    for notice in useful:
        notification = await _insert(notice, speaker)
        if notification is not None and speaker is None:
            speaker = notification
            await _plan_deliveries(notification, notice.kind, notice.patient)


async def plan_warning(
    notice: Notice, numbers: Sequence[UUID] | None, again_at: datetime | None
) -> None:
    """Plan a security notice, by text and push at once, and again at a later time.

    Args:
        notice: of a kind in `WARNINGS`.
        numbers: the contact points that hear of it; None for those of the chart.
        again_at: when it is told a second time, to the same addresses.
    """
    until = again_at + POLICIES[notice.kind].useful_for if again_at else None
    notification = await _insert(notice, None, until)
    if notification is None:
        return
    devices, contacts = await _warned(notice, numbers)
    policy = POLICIES[notice.kind]
    times = [now()] if again_at is None else [now(), again_at]
    planned = warning_deliveries(policy, devices, contacts, times, _ladder())
    await store_deliveries(notification, notice.patient, policy, planned)


async def plan_again(patient: UUID, notifications: Sequence[UUID]) -> None:
    """Plan unsent notices again for their new patient; the first notice is the leading one."""
    if not notifications:
        return
    speaker, *others = notifications
    kind = await fetch_value(
        "UPDATE notification SET grouped_into = NULL WHERE id = $1 RETURNING kind", speaker
    )
    await execute("UPDATE notification SET grouped_into = $1 WHERE id = ANY($2)", speaker, others)
    await _plan_deliveries(speaker, Kind(kind), patient)


def is_useful(notice: Notice) -> bool:
    """Tell whether an event is recent enough for a notice; a backfill causes none."""
    return now() < notice.happened_at + POLICIES[notice.kind].useful_for


async def _insert(
    notice: Notice, speaker: UUID | None, until: datetime | None = None
) -> UUID | None:
    """Store the notification; None when this state of it was told before.

    Where it is to speak itself, what is not yet sent about an older state of the same subject need
    not be sent any more: one statement for both.
    """
    policy = POLICIES[notice.kind]
    found: UUID | None = await fetch_value(
        "WITH told AS (INSERT INTO notification"
        " (id, patient, facility, kind, subject, subject_version, urgency, lane, ticket, counter,"
        " starts_at, received_event, accepted_at, expires_at, grouped_into, sender_id, not_told)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
        f" {WHEN_PLANNED})"
        " ON CONFLICT ON CONSTRAINT notification_once DO NOTHING RETURNING id),"
        " superseded AS (UPDATE delivery SET status = $17, reason = $19,"
        " ended_at = hub_clock() FROM notification n, told"
        " WHERE $15::uuid IS NULL AND delivery.notification = n.id AND n.patient = $2"
        " AND n.subject = $5 AND n.id <> told.id AND delivery.status = ANY($18))"
        " SELECT id FROM told",
        new_id(), notice.patient, notice.facility, notice.kind.value, notice.subject,
        notice.subject_version, policy.urgency.value, int(policy.lane), notice.ticket,
        notice.counter,
        notice.starts_at, notice.received_event, notice.accepted_at,
        until or notice.happened_at + policy.useful_for, speaker, notice.sender_id,
        Status.SUPERSEDED.value,
        [status for status in may_become(Status.SUPERSEDED) if status != Status.SENDING],
        NEWER_STATE,
    )  # fmt: skip
    if found is not None:
        publish(notice.patient)
    return found


async def _plan_deliveries(notification: UUID, kind: Kind, patient: UUID) -> None:
    due_at, grouped_into = await _leading_or_trailing(kind, patient, notification)
    if grouped_into is not None:
        await execute(
            "UPDATE notification SET grouped_into = $2 WHERE id = $1", notification, grouped_into
        )
        return
    policy = POLICIES[kind]
    planned = plan_deliveries(
        policy, await reach_of(patient), due_at, _ladder(), quiet_hours(notification)
    )
    await store_deliveries(notification, patient, policy, planned)


async def _leading_or_trailing(
    kind: Kind, patient: UUID, own: UUID
) -> tuple[datetime, UUID | None]:  # fmt: skip
    """Tell the first at once; what follows within half an hour becomes one more message."""
    if kind not in GROUPED:
        return now(), None
    last = await fetch_one(
        "SELECT n.id, n.created_at, min(d.due_at) AS due_at,"
        " bool_and(d.status IN ('planned', 'held')) AS untold"
        " FROM notification n JOIN delivery d ON d.notification = n.id"
        " WHERE n.patient = $1 AND n.kind = ANY($2) AND n.id <> $3 AND n.grouped_into IS NULL"
        " AND n.created_at > hub_clock() - $4::interval"
        " GROUP BY n.id, n.created_at ORDER BY n.created_at DESC LIMIT 1",
        patient, [grouped.value for grouped in GROUPED], own, GROUPING_WINDOW,
    )  # fmt: skip
    if last is None:
        return now(), None
    if last["untold"]:
        return now(), last["id"]
    return last["created_at"] + GROUPING_WINDOW, None


async def reach_of(chart: UUID) -> Reach:
    """Find the phones whose app reaches the chart, and its own mobile in use."""
    rows = await fetch(
        f"{_DEVICES} {_EACH_ONCE} UNION ALL (SELECT 'contact', c.id, NULL FROM contact_point c"
        f" WHERE c.patient = $1 AND {IN_USE} ORDER BY {NEWEST_FIRST} LIMIT 1)"
        " ORDER BY created_at DESC NULLS LAST",
        chart,
    )
    devices, contacts = _by_kind(rows)
    return Reach(devices=devices, contact=contacts[0] if contacts else None)


async def _warned(
    notice: Notice, numbers: Sequence[UUID] | None
) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """Find the devices and numbers that the chart had before what a warning tells of."""
    rows = await fetch(
        f"{_DEVICES} AND r.session <> $2 {_EACH_ONCE} UNION ALL"
        " (SELECT 'contact', c.id, NULL FROM contact_point c WHERE c.patient = $1"
        f"  AND (c.id = ANY($3) OR ($3 IS NULL AND {TAKES_WARNINGS} AND c.id <> $2))"
        f"  ORDER BY c.replaced_at IS NOT NULL, {NEWEST_FIRST} LIMIT $4)"
        " ORDER BY created_at DESC NULLS LAST",
        notice.patient, notice.subject, numbers, _MOST_WARNED,
    )  # fmt: skip
    return _by_kind(rows)


def _by_kind(rows: Sequence[Row]) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    return (
        tuple(row["id"] for row in rows if row["kind"] == "device"),
        tuple(row["id"] for row in rows if row["kind"] == "contact"),
    )


async def store_deliveries(
    notification: UUID, patient: UUID, policy: DeliveryPolicy, planned: Sequence[Planned]
) -> None:
    """Write one row for each address: the row is the job."""
    rows = [(new_id(), delivery) for delivery in planned]
    await execute(
        "WITH made AS (INSERT INTO delivery (id, notification, patient, channel, device, contact,"
        " status, reason, lane, due_at)"
        " SELECT id, $1, $2, channel, CASE channel WHEN 'push' THEN address END,"
        " CASE channel WHEN 'sms' THEN address END, status,"
        " CASE status WHEN 'held' THEN 'quiet_hours' ELSE '' END, $3, due_at"
        " FROM unnest($4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::timestamptz[])"
        " AS p (id, channel, address, status, due_at) RETURNING id, status)"
        " INSERT INTO delivery_event (delivery, status, source)"
        " SELECT id, status, 'planning' FROM made",
        notification, patient, int(policy.lane),
        [id_ for id_, _ in rows],
        [delivery.channel.value for _, delivery in rows],
        [delivery.address for _, delivery in rows],
        [(Status.HELD if delivery.held else Status.PLANNED).value for _, delivery in rows],
        [delivery.due_at for _, delivery in rows],
    )  # fmt: skip


def quiet_hours(notification: UUID) -> QuietHours:
    """Give this notification's quiet hours; each one is sent at its own second after them."""
    settings = load_settings()
    begins, _, ends = (settings.quiet_hours or "00:00-00:00").partition("-")
    return QuietHours(
        time.fromisoformat(begins),
        time.fromisoformat(ends),
        ZoneInfo(settings.timezone),
        spread=timedelta(seconds=notification.int % 1200),
    )


def _ladder() -> timedelta:
    return timedelta(seconds=load_settings().ladder_seconds)
