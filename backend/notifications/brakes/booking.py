"""Books texts that are due, before they are claimed: counts them, and holds what is too much.

One worker books for a facility at a time, in a short transaction of its own; who finds the lock
taken goes on without that facility. So no text is counted by two, and no claim waits for a count.
"""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.core.alarms import AlarmKind, alarm
from backend.core.database import Row, execute, fetch, transaction
from backend.core.metrics import CODES_WITHHELD, TEXTS_BRAKED
from backend.core.settings import load_settings
from backend.notifications.brakes.counting import Counted, count_texts
from backend.notifications.brakes.rules import WAIT_FOR_ROOM, Brake, instead
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import CODES, KNOWN_KINDS, OF_RECORDS, UNSTOPPED
from backend.notifications.planning.planning import quiet_hours
from backend.notifications.rules import FACILITY_SUSPENDED, KNOWN_CHANNELS

LOCK_CLASS: Final = 7_306
"""Of the locks of facilities: the other half of each is a hash of the facility's id."""
_AT_ONCE: Final = 500
_TRIES, _AGAIN_SECONDS = 10, 0.01
ALARMED: Final = {
    Brake.FIRST: AlarmKind.MANY_FIRST_TEXTS,
    Brake.PREFIX: AlarmKind.MANY_TO_NEIGHBOURS,
    Brake.CHART: AlarmKind.MANY_TO_ONE,
    Brake.NUMBER: AlarmKind.MANY_TO_ONE,
    Brake.UNPROVED: AlarmKind.MANY_TO_ONE,
}

_UNSTOPPED: Final = ", ".join(f"'{kind}'" for kind in sorted(UNSTOPPED))
_FACILITY: Final = """
CASE WHEN n.kind = ANY($2) THEN n.facility ELSE coalesce(c.proposed_by, n.facility) END
"""
_QUEUE: Final = f"""
  FROM delivery o WHERE status = 'planned' AND due_at <= hub_clock()
   AND channel = ANY($3) AND id <> ALL($5)
   AND (SELECT n.kind FROM notification n WHERE n.id = o.notification) = ANY($4)
   AND ($6::uuid[] = '{{}}' OR (SELECT {_FACILITY} FROM notification n
           LEFT JOIN contact_point c ON c.id = o.contact WHERE n.id = o.notification) <> ALL($6))
 ORDER BY lane, due_at LIMIT $1
"""
"""The first of the queue. What this process does not know is left for a newer process."""

_DUE = f"SELECT id {_QUEUE}"

_HEAD = f"""
SELECT d.id, d.lane, d.contact, n.id AS notification, n.kind, n.expires_at,
       {_FACILITY} AS facility, f.suspended_at IS NOT NULL AND n.kind = ANY($2) AS suspended,
       pg_try_advisory_xact_lock($7, hashtext(({_FACILITY})::text)) AS locked,
       c.number, c.number_hash, c.proved_at IS NOT NULL AS bound,
       (n.read_at IS NOT NULL AND n.kind NOT IN ({_UNSTOPPED}))
           OR n.expires_at <= (SELECT hub_clock()) AS moot
  FROM (SELECT q.*, q.channel = 'sms' AND q.attempts = 0
               AND (SELECT true FROM booked_text b WHERE b.id = q.id AND b.leaves) IS NULL
                   AS unbooked
          FROM (SELECT * {_QUEUE}) q OFFSET 0) d
 CROSS JOIN LATERAL (SELECT * FROM notification WHERE id = d.notification OFFSET 0) n
  JOIN facility f ON f.id = n.facility
  LEFT JOIN LATERAL (SELECT * FROM contact_point WHERE id = d.contact OFFSET 0) c ON true
 WHERE (d.unbooked OR (SELECT count(*) FROM facility WHERE suspended_at IS NOT NULL) > 0)
   AND ((f.suspended_at IS NOT NULL AND n.kind = ANY($2)) OR (d.unbooked AND c.id IS NOT NULL))
 ORDER BY d.lane, d.due_at
"""
"""Those that need a look: texts nobody booked, and what a suspension holds. OFFSET keeps PostgreSQL
at one look at an index for each row: else it may read all notifications to join 500."""
_HEAD_ONE = _HEAD.replace("ORDER BY lane", "AND id = $8 ORDER BY lane")

_TAKE = """
SELECT facility FROM unnest($1::uuid[]) AS f (facility)
 WHERE pg_try_advisory_xact_lock($2, hashtext(facility::text))
"""

_BOOK = """
INSERT INTO booked_text
       (id, facility, contact, number_hash, origin, bound, booked_at, counted, leaves)
SELECT id, facility, contact, number_hash, origin, bound, (SELECT hub_clock()), counted, leaves
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::text[], $6::boolean[],
              $7::boolean[], $8::boolean[])
       AS b (id, facility, contact, number_hash, origin, bound, counted, leaves)
ON CONFLICT (id) DO UPDATE SET leaves = booked_text.leaves OR excluded.leaves
"""
"""What was held back by the cap over all keeps the hour at which it would have left."""

_REACH = """
INSERT INTO reached_number (facility, number_hash, prefix_hash, reached_at, counted)
SELECT facility, number_hash, prefix_hash, (SELECT hub_clock()), counted
  FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::boolean[])
    AS r (facility, number_hash, prefix_hash, counted)
ON CONFLICT ON CONSTRAINT reached_number_once DO NOTHING
"""

_HOLD = """
WITH a AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::uuid[],
                         $6::uuid[], $7::bytea[], $8::bytea[])
        AS a (id, status, reason, due_at, facility, contact, number_hash, prefix_hash)
), met AS (
    SELECT id, lane FROM delivery WHERE id = ANY($1::uuid[]) AND status = 'planned'
       FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
    UPDATE delivery d
       SET status = a.status, reason = a.reason, due_at = coalesce(a.due_at, d.due_at),
           ended_at = CASE WHEN a.status = 'suppressed' THEN hub_clock() END
      FROM a JOIN met ON met.id = a.id WHERE d.id = a.id
    RETURNING d.id, d.status, d.reason, d.lane
), waits AS (
    INSERT INTO waiting_text
        (id, facility, contact, number_hash, prefix_hash, brake, lane, waits_since)
    SELECT id, a.facility, a.contact, a.number_hash, a.prefix_hash, a.reason, moved.lane,
           (SELECT hub_clock())
      FROM moved JOIN a USING (id) WHERE moved.status = 'held' AND a.prefix_hash IS NOT NULL
    ON CONFLICT (id) DO NOTHING
)
INSERT INTO delivery_event (delivery, status, source, code)
SELECT id, status, 'worker', reason FROM moved
"""
"""Of texts with a prefix: they wait for room. What somebody else is just changing is left alone."""


async def due_to_book(but: Sequence[UUID] = ()) -> list[UUID]:
    """List the head of the queue, without some, for booking each of it by itself."""
    return [row["id"] for row in await fetch(_DUE, *_queue(but, ()))]


async def book_due(but: Sequence[UUID] = (), *, only: UUID | None = None) -> int:
    """Book the texts at the head of the queue; give how many deliveries were looked at.

    Where another worker keeps facilities for itself, it looks behind their texts once more.

    Args:
        but: deliveries that it passes over.
        only: the one delivery that it looks at.
    """
    looked, busy = await _book_head(but, (), only)
    if busy:
        more, _ = await _book_head(but, busy, only)
        looked += more
    return looked


def _queue(but: Sequence[UUID], busy: Sequence[UUID]) -> tuple[object, ...]:
    of_records = [kind.value for kind in OF_RECORDS]
    return _AT_ONCE, of_records, KNOWN_CHANNELS, KNOWN_KINDS, but, busy


async def _book_head(
    but: Sequence[UUID], busy: Sequence[UUID], only: UUID | None
) -> tuple[int, list[UUID]]:
    """Book in one transaction; give the number of rows, and the facilities others have locked."""
    async with transaction():
        queue = _queue(but, busy)
        rows = await (
            fetch(_HEAD_ONE, *queue, LOCK_CLASS, only) if only else fetch(_HEAD, *queue, LOCK_CLASS)
        )
        if not rows:
            return 0, []
        await _hold_suspended([row["id"] for row in rows if row["suspended"]])
        texts = [row for row in rows if not row["suspended"]]
        wanted = {row["facility"] for row in texts}
        free = {row["facility"] for row in texts if row["locked"]}
        free |= await _take(wanted - free)
        counted = await count_texts([row for row in texts if row["facility"] in free])
        await _decide(counted)
    return len(rows), sorted(wanted - free)


async def _take(facilities: set[UUID]) -> set[UUID]:
    """Lock what another worker books for just now, if it ends soon; else leave it to that one."""
    taken: set[UUID] = set()
    for _ in range(_TRIES):
        wanted = sorted(facilities - taken)
        if not wanted:
            break
        await asyncio.sleep(_AGAIN_SECONDS)
        taken |= {row["facility"] for row in await fetch(_TAKE, wanted, LOCK_CLASS)}
    return taken


async def _decide(counted: Counted) -> None:
    """Book each text in the order of the queue, or hold it; each counts against the next."""
    passing: list[Row] = []
    braked: list[tuple[Row, Brake]] = []
    for row in counted.texts:
        brake = counted.brake_on(row)
        if brake is None:
            passing.append(row)
            counted.passes(row)
        else:
            braked.append((row, brake))
            counted.is_braked(row, brake)
    unproved = [row for row, brake in braked if brake is Brake.UNPROVED]
    await _book(counted, passing, unproved)
    await _hold(counted, braked)
    await _raise_alarms(counted, braked)


async def _book(counted: Counted, passing: Sequence[Row], unproved: Sequence[Row]) -> None:
    """Book what leaves, and what would leave if others had not sent so much to the number."""
    passing = [*passing, *unproved]
    if not passing:
        return
    held = {row["id"] for row in unproved}
    await execute(
        _BOOK,
        [row["id"] for row in passing],
        [row["facility"] for row in passing],
        [row["contact"] for row in passing],
        [counted.number(row) for row in passing],
        [counted.origin(row) for row in passing],
        [row["bound"] for row in passing],
        [counted.will_leave(row) for row in passing],
        [row["id"] not in held for row in passing],
    )
    numbers = counted.newly_reached
    if numbers:
        await execute(
            _REACH,
            [facility for facility, _ in numbers],
            [number for _, number in numbers],
            [prefix or b"" for prefix, _ in numbers.values()],
            [counts for _, counts in numbers.values()],
        )


async def _hold(counted: Counted, braked: Sequence[tuple[Row, Brake]]) -> None:
    if not braked:
        return
    ends = [_end(counted, row, brake) for row, brake in braked]
    rows = [row for row, _ in braked]
    await execute(
        _HOLD,
        [row["id"] for row in rows],
        [status.value for status, _ in ends],
        [brake.value for _, brake in braked],
        [due_at for _, due_at in ends],
        [row["facility"] for row in rows],
        [row["contact"] for row in rows],
        [counted.number(row) for row in rows],
        [counted.prefix(row) if brake in WAIT_FOR_ROOM else None
         for row, brake in braked],
    )  # fmt: skip


def _end(counted: Counted, row: Row, brake: Brake) -> tuple[Status, object]:
    kind = counted.kind(row)
    room_at = counted.room_at(row, brake)
    status, due_at = instead(kind, brake, row["expires_at"], room_at)
    if status is Status.HELD and brake not in WAIT_FOR_ROOM:
        due_at = quiet_hours(row["notification"]).after(due_at)
    return status, due_at


async def _raise_alarms(counted: Counted, braked: Sequence[tuple[Row, Brake]]) -> None:
    about: dict[tuple[AlarmKind, bytes], None] = {}
    for row, brake in braked:
        TEXTS_BRAKED.labels(brake.value).inc()
        if counted.kind(row) in CODES:
            CODES_WITHHELD.labels(brake.value).inc()
        about[ALARMED[brake], row["facility"].bytes] = None
    for kind, facility in about:
        await alarm(kind, facility)


async def _hold_suspended(deliveries: Sequence[UUID]) -> None:
    if deliveries:
        none = [None] * len(deliveries)
        await execute(
            _HOLD, deliveries, [Status.HELD.value] * len(deliveries),
            [FACILITY_SUSPENDED] * len(deliveries), none, none, none, none, none,
        )  # fmt: skip


async def look_at_the_total() -> None:
    """Raise an alarm where all facilities together send more than they should; stop nothing."""
    most = load_settings().texts_per_hour
    many = await fetch(
        "SELECT FROM booked_text WHERE counted AND booked_at > hub_clock() - interval '1 hour'"
        " OFFSET $1 LIMIT 1",
        most,
    )
    if many:
        await alarm(AlarmKind.MANY_TEXTS)
