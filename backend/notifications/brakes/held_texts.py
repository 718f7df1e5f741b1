"""Lets texts leave that waited: for room in a budget, for support, or for a facility's return."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.core.clock import now
from backend.core.database import execute, fetch, fetch_value, transaction
from backend.core.log import log
from backend.core.odd_rows.row_isolation import PutAside, in_batch_or_apart
from backend.core.postgres.database_failures import is_engine_away
from backend.core.settings import load_settings
from backend.notifications.brakes.booking import LOCK_CLASS
from backend.notifications.kinds import Lane
from backend.notifications.planning.planning import quiet_hours

_ANY_NOTIFICATION: Final = UUID(int=0)
_LEAVING: Final = PutAside("waiting_text")
_RETURNING: Final = PutAside("let_leave")

_CHOSEN = """
f AS MATERIALIZED (
    SELECT f.id, f.let_go_at, t.now, coalesce(f.first_texts_per_hour, $2) - (
               SELECT count(*) FROM reached_number r WHERE r.facility = f.id AND r.counted
                  AND r.reached_at > t.now - interval '1 hour') AS room
      FROM facility f CROSS JOIN (SELECT hub_clock() AS now) t
     WHERE f.id = $1 AND f.suspended_at IS NULL
), numbers AS MATERIALIZED (
    SELECT w.number_hash, w.prefix_hash, min(w.lane) AS lane, min(w.waits_since) AS since,
           min(w.id::text) AS id, coalesce(bool_or(w.waits_since <= f.let_go_at), false) AS let_go,
           EXISTS (SELECT FROM reached_number r
                    WHERE r.facility = $1 AND r.number_hash = w.number_hash) AS reached
      FROM f JOIN waiting_text w ON w.facility = f.id
      JOIN delivery d ON d.id = w.id AND d.status = 'held'
     WHERE w.lane <= $5 AND w.id <> ALL($6) AND ($7::uuid IS NULL OR w.id = $7)
     GROUP BY w.number_hash, w.prefix_hash
), prefixes AS (
    SELECT p.prefix_hash, least($3 - s.hour, $4 - s.day) AS room
      FROM (SELECT DISTINCT prefix_hash FROM numbers WHERE NOT let_go AND NOT reached) p
     CROSS JOIN f CROSS JOIN LATERAL (
           SELECT count(*) AS day,
                  count(*) FILTER (WHERE r.reached_at > f.now - interval '1 hour') AS hour
             FROM reached_number r WHERE r.facility = f.id AND r.counted
              AND r.prefix_hash = p.prefix_hash
              AND r.reached_at > f.now - interval '1 day') s
), ranked AS (
    SELECT n.*, row_number() OVER (PARTITION BY n.prefix_hash ORDER BY lane, since, id) AS place
      FROM numbers n WHERE NOT let_go AND NOT reached
), fitting AS (
    SELECT ranked.number_hash, ranked.prefix_hash,
           row_number() OVER (ORDER BY lane, since, id) AS place
      FROM ranked JOIN prefixes USING (prefix_hash) WHERE ranked.place <= prefixes.room
), chosen AS MATERIALIZED (
    SELECT number_hash, prefix_hash, true AS counted, false AS reached
      FROM fitting CROSS JOIN f WHERE fitting.place <= f.room
     UNION ALL
    SELECT number_hash, prefix_hash, false, reached FROM numbers WHERE let_go OR reached
)
"""
"""In the order of lanes and of time, each prefix within its own room; of all, or of one text."""

_LIST = f"""
WITH {_CHOSEN}
SELECT w.id FROM waiting_text w LEFT JOIN chosen USING (number_hash)
  LEFT JOIN delivery d ON d.id = w.id AND d.status = 'held'
 WHERE w.facility = $1 AND w.id <> ALL($6) AND ($7::uuid IS NULL OR w.id = $7)
   AND (d.id IS NULL OR (w.lane <= $5 AND chosen.number_hash IS NOT NULL))
 ORDER BY w.lane, w.waits_since, w.id
"""
"""Those that `_LEAVE` would change."""

_LEAVE = f"""
WITH {_CHOSEN}
, over AS (
    DELETE FROM waiting_text w
     WHERE w.facility = $1 AND w.id <> ALL($6) AND ($7::uuid IS NULL OR w.id = $7)
       AND NOT EXISTS (SELECT FROM delivery d WHERE d.id = w.id AND d.status = 'held')
), booked AS (
    INSERT INTO reached_number (facility, number_hash, prefix_hash, reached_at, counted)
    SELECT $1, number_hash, prefix_hash, (SELECT hub_clock()), counted FROM chosen WHERE NOT reached
    ON CONFLICT ON CONSTRAINT reached_number_once DO NOTHING
), met AS (
    SELECT d.id FROM waiting_text w JOIN chosen USING (number_hash) JOIN delivery d ON d.id = w.id
     WHERE w.facility = $1 AND w.lane <= $5 AND d.status = 'held'
       AND w.id <> ALL($6) AND ($7::uuid IS NULL OR w.id = $7)
       FOR NO KEY UPDATE OF d SKIP LOCKED
), freed AS (
    UPDATE delivery d SET status = 'planned', reason = '', due_at = (SELECT hub_clock())
      FROM met WHERE d.id = met.id RETURNING d.id, d.status
), gone AS (
    DELETE FROM waiting_text w USING freed WHERE w.id = freed.id
)
INSERT INTO delivery_event (delivery, status, source, code)
SELECT id, status, 'worker', 'let_go' FROM freed
"""
"""A number is reached from now on: its texts are not first ones any more when they are booked."""

_WAITED_FOR = """
SELECT f.id FROM facility f
 WHERE (SELECT w.lane FROM waiting_text w WHERE w.facility = f.id ORDER BY w.lane LIMIT 1)
       IS NOT NULL
 ORDER BY f.id
"""
"""The order has an index found for each facility, where any one text may be looked for in all."""
_BACK = """
SELECT back.id FROM facility f CROSS JOIN LATERAL (
       SELECT d.id, d.lane FROM delivery d
        WHERE d.facility = f.id AND d.status = 'held' AND d.reason = 'facility_suspended'
          AND d.id <> ALL($1) ORDER BY d.lane LIMIT 2000) back
 WHERE f.suspended_at IS NULL ORDER BY back.lane LIMIT 2000
"""
"""Each facility that is not suspended costs one look at an index; what is suspended costs none."""

_RETURN = """
WITH back AS (
    SELECT d.id, d.lane, n.id AS notification, n.facility FROM delivery d
      JOIN notification n ON n.id = d.notification
      JOIN facility f ON f.id = n.facility AND f.suspended_at IS NULL
     WHERE d.id = ANY($4) AND d.status = 'held' AND d.reason = 'facility_suspended'
       FOR NO KEY UPDATE OF d SKIP LOCKED
), freed AS (
    UPDATE delivery d SET reason = 'let_go',
           due_at = CASE WHEN back.lane <= $1 THEN (SELECT hub_clock()) ELSE
               greatest((SELECT hub_clock()), $2) + make_interval(
                   secs => (hashtext(back.notification::text) & 2147483647) % $3) END
      FROM back WHERE d.id = back.id RETURNING d.id, d.status
)
INSERT INTO delivery_event (delivery, status, source, code)
SELECT id, status, 'worker', 'let_go' FROM freed
"""
"""Who is in the building is told at once, all others spread as after quiet hours."""
_SPREAD_SECONDS: Final = 1200


async def let_leave() -> None:
    """Let leave what has room by now, what support let go, and what a suspension held.

    A text on which it fails waits, and keeps no other.
    """
    for row in await fetch(_WAITED_FOR):
        await _of_facility(row["id"])
    await in_batch_or_apart(_RETURNING, _held_back, _return)


async def _of_facility(facility: UUID) -> None:
    """Let leave what has room, in one statement; where it fails, each text by itself."""
    try:
        await _leave(facility)
    except Exception as surprise:
        if is_engine_away(surprise):
            raise
        log.error("batch_unreadable", where=_LEAVING.place, error=type(surprise).__name__)
    else:
        return
    for row in await fetch(_LIST, *_room(facility), None):
        try:
            await _leave(facility, row["id"])
        except Exception as surprise:  # noqa: BLE001  # one text must not keep the others
            await _LEAVING.put(row["id"], surprise)


async def _leave(facility: UUID, text: UUID | None = None) -> None:
    async with transaction():
        if await fetch_value(
            "SELECT pg_try_advisory_xact_lock($1, hashtext($2::text))", LOCK_CLASS, str(facility)
        ):
            await execute(_LEAVE, *_room(facility), text)


def _room(facility: UUID) -> tuple[object, ...]:
    settings = load_settings()
    quiet = quiet_hours(_ANY_NOTIFICATION).after(now()) > now()
    return (
        facility, settings.first_texts_per_hour, settings.prefix_texts_per_hour,
        settings.prefix_texts_per_day, int(Lane.IN_BUILDING if quiet else Lane.BULK),
        _LEAVING.rows(),
    )  # fmt: skip


async def _held_back(but: Sequence[UUID]) -> list[UUID]:
    return [row["id"] for row in await fetch(_BACK, but)]


async def _return(deliveries: Sequence[UUID]) -> int:
    done = await execute(
        _RETURN, int(Lane.IN_BUILDING), quiet_hours(_ANY_NOTIFICATION).after(now()),
        _SPREAD_SECONDS, deliveries,
    )  # fmt: skip
    return int(done.rpartition(" ")[2])
