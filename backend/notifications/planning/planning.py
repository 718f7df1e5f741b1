"""Plans notifications and deliveries, in the transaction of the event that causes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from backend.auth.phones.phones import NEWEST_FIRST, TAKES_WARNINGS
from backend.core.change_signals import publish
from backend.core.clock import now
from backend.core.database import execute, fetch, new_id
from backend.core.settings import load_settings
from backend.notifications.kinds import POLICIES, WARNINGS, DeliveryPolicy, Kind
from backend.notifications.planning.plan_rows import (
    LIVE_REACH,
    REACHES,
    PlannedNotice,
    PlanningAsked,
    PlanningFacts,
    State,
    planning_facts,
    status_of,
    write_planned,
)
from backend.notifications.rules import (
    Planned,
    QuietHours,
    Reach,
    leading_or_trailing,
    plan_deliveries,
    warning_deliveries,
)

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


class PlannedMeanwhile(asyncpg.SerializationError):  # type: ignore[misc]  # untyped library
    """Somebody has planned the same at the same time: whoever may do it again, does."""


async def plan(notices: Sequence[Notice]) -> None:
    """Plan the notifications. Call it once, last, in the transaction of the event.

    All notices are about one chart. The most urgent one speaks; the others are folded into it
    and wait in the inbox.

    Raises:
        PlannedMeanwhile: a duty has told the one that speaks at the same time.
    """
    useful = [candidate for candidate in notices if is_useful(candidate)]
    useful.sort(key=lambda candidate: POLICIES[candidate.kind].lane)
    if not useful:
        return
    first = {_state(notice): notice for notice in reversed(useful)}  # of two that say the same
    states = tuple(state for state in dict.fromkeys(map(_state, useful)))
    facts = await planning_facts(PlanningAsked(chart=useful[0].patient, states=states))
    news = [first[state] for state in states if state not in facts.known]
    if not news:
        return
    speaker = _spoken(new_id(), news[0], facts)
    others = [_row(new_id(), notice, speaker.id) for notice in news[1:]]
    if not all(await write_planned.all([speaker, *others])):
        raise PlannedMeanwhile
    publish(speaker.patient)


async def plan_warning(
    notice: Notice, numbers: Sequence[UUID] | None, again_at: datetime | None
) -> None:
    """Plan a security notice, by text and push at once, and again at a later time.

    Args:
        notice: of a kind in `WARNINGS`.
        numbers: the contact points that hear of it; None for those of the chart.
        again_at: when it is told a second time, to the same addresses.
    """
    policy = POLICIES[notice.kind]
    until = again_at + policy.useful_for if again_at else None
    devices, contacts = await _warned(notice, numbers)
    times = [now()] if again_at is None else [now(), again_at]
    planned = warning_deliveries(policy, devices, contacts, times, _ladder())
    if await write_planned(_row(new_id(), notice, None, planned, until=until)):
        publish(notice.patient)


async def plan_again(patient: UUID, notifications: Sequence[UUID]) -> None:
    """Plan unsent notices again for their new patient; the first notice is the leading one."""
    if not notifications:
        return
    speaker, *others = notifications
    row = await fetch(
        "UPDATE notification SET grouped_into = NULL WHERE id = $1 RETURNING kind, subject",
        speaker,
    )
    await execute("UPDATE notification SET grouped_into = $1 WHERE id = ANY($2)", speaker, others)
    kind = Kind(row[0]["kind"])
    facts = await planning_facts(PlanningAsked(chart=patient, besides=speaker))
    grouped_into, planned = _planned(speaker, kind, row[0]["subject"], facts)
    if grouped_into is not None:
        await execute(
            "UPDATE notification SET grouped_into = $2 WHERE id = $1", speaker, grouped_into
        )
        return
    await store_deliveries(speaker, patient, POLICIES[kind], planned)


def is_useful(notice: Notice) -> bool:
    """Tell whether an event is recent enough for a notice; a backfill causes none."""
    return now() < notice.happened_at + POLICIES[notice.kind].useful_for


def _state(notice: Notice) -> State:
    return notice.kind.value, notice.subject, notice.subject_version


def _spoken(notification: UUID, notice: Notice, facts: PlanningFacts) -> PlannedNotice:
    """Give the one that speaks, with its deliveries, or with what speaks for it."""
    into, planned = _planned(notification, notice.kind, notice.subject, facts)
    return _row(notification, notice, into, planned, speaks=True)


def _planned(
    notification: UUID, kind: Kind, subject: UUID, facts: PlanningFacts
) -> tuple[UUID | None, Sequence[Planned]]:  # fmt: skip
    """Give what it is told with, or else its deliveries."""
    due_at, into = leading_or_trailing(kind, subject, facts.last, now())
    if into is not None:
        return into, ()
    return None, plan_deliveries(
        POLICIES[kind], facts.reach, due_at, _ladder(), quiet_hours(notification)
    )


def _row(
    notification: UUID,
    notice: Notice,
    into: UUID | None,
    planned: Sequence[Planned] = (),
    *,
    until: datetime | None = None,
    speaks: bool | None = None,
) -> PlannedNotice:
    return PlannedNotice(
        id=notification,
        patient=notice.patient,
        facility=notice.facility,
        kind=notice.kind,
        subject=notice.subject,
        subject_version=notice.subject_version,
        ticket=notice.ticket,
        counter=notice.counter,
        starts_at=notice.starts_at,
        received_event=notice.received_event,
        accepted_at=notice.accepted_at,
        expires_at=until or notice.happened_at + POLICIES[notice.kind].useful_for,
        sender_id=notice.sender_id,
        grouped_into=into,
        speaks=into is None if speaks is None else speaks,
        deliveries=planned,
    )


async def reach_of(chart: UUID) -> Reach:
    """Find the phones whose app reaches the chart, and its own mobile in use."""
    return (await planning_facts(PlanningAsked(chart=chart))).reach


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
        " status, reason, lane, due_at, expires_at, facility)"
        " SELECT p.id, $1, $2, channel, CASE channel WHEN 'push' THEN address END,"
        " CASE channel WHEN 'sms' THEN address END, status,"
        " CASE status WHEN 'held' THEN 'quiet_hours' ELSE '' END, $3, due_at, n.expires_at,"
        " n.facility"
        " FROM unnest($4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::timestamptz[])"
        " AS p (id, channel, address, status, due_at) JOIN notification n ON n.id = $1"
        " RETURNING id, status)"
        " INSERT INTO delivery_event (delivery, status, source)"
        " SELECT id, status, 'planning' FROM made",
        notification, patient, int(policy.lane),
        [id_ for id_, _ in rows],
        [delivery.channel.value for _, delivery in rows],
        [delivery.address for _, delivery in rows],
        [status_of(delivery).value for _, delivery in rows],
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
