"""Reads what a chart's notices are planned by, and writes what was planned: one statement each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from backend.auth.phones.phones import IN_USE, NEWEST_FIRST
from backend.core.database import Row, fetch
from backend.core.postgres.steps import step
from backend.notifications.delivery_status import Status, may_become
from backend.notifications.kinds import GROUPED, GROUPING_WINDOW, POLICIES, Kind
from backend.notifications.rules import NEWER_STATE, LastTold, Planned, Reach
from backend.notifications.told import WHEN_PLANNED

LIVE_REACH = (
    "FROM session_chart r JOIN session s ON s.id = r.session AND s.ended_at IS NULL"
    " AND s.expires_at > hub_clock()"
)
REACHES = "r.ended_at IS NULL AND r.level <> 'found'"
"""Together: a session that lives reaches the chart `r.chart` on the phone `s.device`."""

State = tuple[str, UUID, str]
"""A kind, its subject, and which state of it: what is told once."""


@dataclass(frozen=True, slots=True)
class PlanningFacts:
    """What one chart's notices are planned by."""

    reach: Reach
    last: LastTold | None
    """The last that was told by itself of the kinds that are told together."""
    known: frozenset[State]
    """What of the states that were asked for was told before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningAsked:
    """A question for the facts of one chart."""

    chart: UUID
    states: tuple[State, ...] = ()
    besides: UUID | None = None
    """A notification that is not the last told, since it is planned just now."""


_FACTS: Final = (
    "WITH asked AS MATERIALIZED (SELECT place, chart, besides"
    "  FROM unnest($1::int[], $2::uuid[], $3::uuid[]) AS a (place, chart, besides))"
    " SELECT a.place, 'device' AS what, d.id, d.created_at, NULL::boolean AS untold,"
    " NULL::uuid AS subject, NULL AS kind, NULL AS version FROM asked a"
    f" CROSS JOIN LATERAL (SELECT d.id, d.created_at {LIVE_REACH}"
    "  JOIN device d ON d.id = s.device AND d.push_token IS NOT NULL"
    f"  WHERE r.chart = a.chart AND {REACHES} GROUP BY d.id, d.created_at) d"
    " UNION ALL SELECT a.place, 'contact', c.id, NULL, NULL, NULL, NULL, NULL FROM asked a"
    " CROSS JOIN LATERAL (SELECT c.id FROM contact_point c WHERE c.patient = a.chart"
    f"  AND {IN_USE} ORDER BY {NEWEST_FIRST} LIMIT 1) c"
    " UNION ALL SELECT a.place, 'last', l.id, l.created_at, l.untold, l.subject, NULL, NULL"
    " FROM asked a CROSS JOIN LATERAL (SELECT n.id, n.created_at, n.subject,"
    "   bool_and(d.status IN ('planned', 'held')) AS untold"
    "  FROM notification n JOIN delivery d ON d.notification = n.id"
    "  WHERE n.patient = a.chart AND n.kind = ANY($4) AND n.id IS DISTINCT FROM a.besides"
    "  AND n.grouped_into IS NULL AND n.created_at > hub_clock() - $5::interval"
    "  GROUP BY n.id, n.created_at ORDER BY n.created_at DESC LIMIT 1) l"
    " UNION ALL SELECT s.place, 'known', NULL, NULL, NULL, n.subject, n.kind, n.subject_version"
    " FROM unnest($6::int[], $7::uuid[], $8::text[], $9::uuid[], $10::text[])"
    "  AS s (place, chart, kind, subject, version)"
    " JOIN notification n ON n.patient = s.chart AND n.kind = s.kind AND n.subject = s.subject"
    "  AND n.subject_version = s.version"
    " ORDER BY 1, 4 DESC NULLS LAST"
)
"""Devices with the newest first."""


@step()
async def planning_facts(asked: Sequence[PlanningAsked]) -> Sequence[PlanningFacts]:
    """Read what notices of these charts are planned by; the charts are locked, or stand still."""
    states = [(n, one.chart, *state) for n, one in enumerate(asked) for state in one.states]
    rows = await fetch(
        _FACTS,
        list(range(len(asked))),
        [one.chart for one in asked],
        [one.besides for one in asked],
        [grouped.value for grouped in GROUPED],
        GROUPING_WINDOW,
        *([one[column] for one in states] for column in range(5)),
    )
    found: list[list[Row]] = [[] for _ in asked]
    for row in rows:
        found[row["place"]].append(row)
    return [_facts(rows) for rows in found]


def _facts(rows: Sequence[Row]) -> PlanningFacts:
    of: Mapping[str, list[Row]] = {"device": [], "contact": [], "last": [], "known": []}
    for row in rows:
        of[row["what"]].append(row)
    return PlanningFacts(
        Reach(
            devices=tuple(row["id"] for row in of["device"]),
            contact=of["contact"][0]["id"] if of["contact"] else None,
        ),
        next((_last(row) for row in of["last"]), None),
        frozenset((row["kind"], row["subject"], row["version"]) for row in of["known"]),
    )


def _last(row: Row) -> LastTold:
    return LastTold(row["id"], row["created_at"], row["subject"], untold=row["untold"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNotice:
    """One notification as it is written, with its deliveries."""

    id: UUID
    patient: UUID
    facility: UUID
    kind: Kind
    subject: UUID
    subject_version: str
    ticket: str
    counter: str
    starts_at: datetime | None
    received_event: UUID | None
    accepted_at: datetime
    expires_at: datetime
    sender_id: bytes | None
    grouped_into: UUID | None = None
    speaks: bool = True
    """What is not yet sent about an older state of its subject need not be sent any more."""
    deliveries: Sequence[Planned] = field(default=())


_WRITE: Final = (
    "WITH told AS (INSERT INTO notification"
    " (id, patient, facility, kind, subject, subject_version, urgency, lane, ticket, counter,"
    " starts_at, received_event, accepted_at, expires_at, grouped_into, sender_id, not_told)"
    f" SELECT w.*, {WHEN_PLANNED} FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[],"
    " $5::uuid[], $6::text[], $7::text[], $8::smallint[], $9::text[], $10::text[],"
    " $11::timestamptz[], $12::uuid[], $13::timestamptz[], $14::timestamptz[], $15::uuid[],"
    " $16::bytea[]) AS w (id, patient)"
    " ON CONFLICT ON CONSTRAINT notification_once DO NOTHING"
    " RETURNING id, patient, subject, lane, expires_at, facility),"
    " superseded AS (UPDATE delivery SET status = $17, reason = $25,"
    " ended_at = hub_clock() FROM notification n, told"
    " WHERE told.id = ANY($18::uuid[]) AND delivery.notification = n.id"
    " AND n.patient = told.patient AND n.subject = told.subject AND n.id <> told.id"
    " AND delivery.status = ANY($19)),"
    " made AS (INSERT INTO delivery (notification, patient, channel, device, contact,"
    " status, reason, lane, due_at, expires_at, facility)"
    " SELECT told.id, told.patient, p.channel, CASE p.channel WHEN 'push' THEN p.address END,"
    " CASE p.channel WHEN 'sms' THEN p.address END, p.status,"
    " CASE p.status WHEN 'held' THEN 'quiet_hours' ELSE '' END, told.lane, p.due_at,"
    " told.expires_at, told.facility"
    " FROM unnest($20::uuid[], $21::text[], $22::uuid[], $23::text[], $24::timestamptz[])"
    " AS p (notification, channel, address, status, due_at) JOIN told ON told.id = p.notification"
    " RETURNING id, status),"
    " noted AS (INSERT INTO delivery_event (delivery, status, source)"
    " SELECT id, status, 'planning' FROM made)"
    " SELECT id FROM told"
)


@step()
async def write_planned(planned: Sequence[PlannedNotice]) -> Sequence[bool]:
    """Write notifications and their deliveries; say of each whether it was told for the first time.

    Of a state that was told before, nothing is written. What is not yet sent about an older state
    of the subject of one that speaks is not sent any more.
    """
    deliveries = [(one, delivery) for one in planned for delivery in one.deliveries]
    rows = await fetch(
        _WRITE,
        *(list(column) for column in zip(*map(_values, planned), strict=True)),
        Status.SUPERSEDED.value,
        [one.id for one in planned if one.speaks],
        [status for status in may_become(Status.SUPERSEDED) if status != Status.SENDING],
        [one.id for one, _ in deliveries],
        [delivery.channel.value for _, delivery in deliveries],
        [delivery.address for _, delivery in deliveries],
        [status_of(delivery).value for _, delivery in deliveries],
        [delivery.due_at for _, delivery in deliveries],
        NEWER_STATE,
    )
    told = {row["id"] for row in rows}
    return [one.id in told for one in planned]


def _values(one: PlannedNotice) -> tuple[object, ...]:
    policy = POLICIES[one.kind]
    return (
        one.id, one.patient, one.facility, one.kind.value, one.subject, one.subject_version,
        policy.urgency.value, int(policy.lane), one.ticket, one.counter, one.starts_at,
        one.received_event, one.accepted_at, one.expires_at, one.grouped_into, one.sender_id,
    )  # fmt: skip


def status_of(delivery: Planned) -> Status:
    """Give the status that a delivery is written with."""
    return Status.HELD if delivery.held else Status.PLANNED
