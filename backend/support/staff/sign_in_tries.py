"""Counts the tries to sign in as a member of staff, by name and place.

Whoever knows a name can try it from anywhere, so no number of wrong tries closes the name: they
close it at their own place. All places where this name never signed in share a second, wider limit;
a place where it did sign in knows nothing of that one. Names that nobody has are counted in the
same way, in a few shared rows, so that they cost and answer the same.
"""

from datetime import timedelta
from typing import Final

from backend.core.alarms import AlarmKind, alarm
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import Row, execute, fetch_one, fetch_value
from backend.core.http.client_address import network_of

TRIES: Final = 5
"""Wrong ones at one place before the name is locked there."""
LOCKED_FOR: Final = timedelta(minutes=15)
TRIES_ELSEWHERE: Final = 20
"""Tries in an hour, from all places together where this name never signed in."""
ELSEWHERE: Final = "elsewhere"
MOST_PLACES: Final = 500
"""Places that a name keeps apart, and where it never signed in. Places on top are one place."""
MANY_PLACES: Final = 3
"""Places from which one name fails within an hour until somebody hears of it."""

_COUNT: Final = """
WITH person AS (SELECT id, password_hash, totp_secret FROM staff
                 WHERE name = $1 AND disabled_at IS NULL),
 named AS (SELECT coalesce((SELECT id::text FROM person),
                           'nobody ' || (hashtext($1) & 15)::text) AS about),
 asked AS (SELECT about, CASE WHEN
                  EXISTS (SELECT FROM staff_place p WHERE p.about = n.about AND p.network = $2)
                  OR (SELECT count(*) < $6 FROM (SELECT FROM staff_place p
                       WHERE p.about = n.about AND p.known_at IS NULL LIMIT $6) strange)
                  THEN $2 ELSE '' END AS network
             FROM named n),
 here AS (INSERT INTO staff_place AS p (id, about, network, failures, begun_at)
          SELECT uuidv7(), about, network, 1, hub_clock() FROM asked
          ON CONFLICT (about, network) DO UPDATE SET begun_at = hub_clock(),
             failures = CASE WHEN p.failures >= $3 THEN 1 ELSE p.failures + 1 END,
             locked_until = CASE WHEN p.failures + 1 = $3 THEN hub_clock() + $4::interval END
          WHERE p.locked_until IS NULL OR p.locked_until <= hub_clock()
          RETURNING about, known_at),
 elsewhere AS (INSERT INTO staff_place AS p (id, about, network, failures, begun_at)
          SELECT uuidv7(), about, 'elsewhere', 1, hub_clock() FROM here WHERE known_at IS NULL
          ON CONFLICT (about, network) DO UPDATE SET
             failures = CASE WHEN p.begun_at <= hub_clock() - interval '1 hour' THEN 1
                             ELSE p.failures + 1 END,
             begun_at = CASE WHEN p.begun_at <= hub_clock() - interval '1 hour' THEN hub_clock()
                             ELSE p.begun_at END
          WHERE p.failures < $5 OR p.begun_at <= hub_clock() - interval '1 hour'
          RETURNING about)
SELECT asked.about, person.id, person.password_hash, person.totp_secret,
       EXISTS (SELECT FROM here WHERE known_at IS NOT NULL)
       OR EXISTS (SELECT FROM elsewhere) AS open
  FROM asked LEFT JOIN person ON true
"""


async def count_try(name: str, address: str) -> Row:
    """Count it before it is checked, so that a hundred guesses at once are a hundred, not one.

    Returns:
        about: what it was counted for; id, password_hash, totp_secret: of the member of staff, or
        NULL; open: whether this try may succeed.
    """
    row = await fetch_one(
        _COUNT, name, network_of(address), TRIES, LOCKED_FOR, TRIES_ELSEWHERE, MOST_PLACES
    )
    assert row, "one row for every name"
    return row


async def note_success(about: str, address: str) -> None:
    """Forget the failures at this place and know it from now on, in the caller's transaction."""
    await execute(
        "INSERT INTO staff_place (id, about, network, failures, begun_at, known_at)"
        " VALUES (uuidv7(), $1, $2, 0, hub_clock(), hub_clock())"
        " ON CONFLICT (about, network)"
        " DO UPDATE SET failures = 0, locked_until = NULL, known_at = hub_clock()",
        about, network_of(address),
    )  # fmt: skip


async def look_for_guessing(about: str, address: str) -> None:
    """Raise the alarm about a name that fails from many places, or too often in all.

    Names that nobody has share their rows: there, many places only say that many people mistype.
    """
    many: bool = await fetch_value(
        "SELECT $1 NOT LIKE 'nobody %'"
        " AND count(*) FILTER (WHERE network <> $2 AND failures > 0) >= $3"
        " OR coalesce(bool_or(network = $2 AND failures >= $4), false) FROM staff_place"
        " WHERE about = $1 AND begun_at > hub_clock() - interval '1 hour'",
        about, ELSEWHERE, MANY_PLACES, TRIES_ELSEWHERE,
    )  # fmt: skip
    if many:
        await alarm(
            AlarmKind.STAFF_GUESSED, lookup_hash("staff-guessed", about), network_of(address)
        )


async def forget_places(about: str) -> None:
    """Open a name everywhere, and know no place of it any more: its password is a new one."""
    await execute("DELETE FROM staff_place WHERE about = $1", about)
