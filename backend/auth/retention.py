"""Deletes what sign-in no longer needs: challenges, counts of texts, used proofs, strangers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.core.database import execute, fetch, fetch_value, transaction
from backend.core.log import log
from backend.core.odd_rows.row_isolation import PutAside
from backend.core.postgres.database_failures import is_engine_away

LOCK: Final = 7_303
BATCH: Final = 1000
"""Rows of one kind in one go: nobody waits for this."""
MOST_BATCHES: Final = 10
"""Of one table in one turn: what comes faster than that for long is more than the hub takes in."""

EXPIRED: Final[dict[str, str]] = {
    "sign_in_challenge": "created_at < hub_clock() - interval '30 days'",
    "sms_code": "due_at < hub_clock() - interval '2 days'",
    "booked_text": "booked_at < hub_clock() - interval '2 days'",
    "reached_number": "reached_at < hub_clock() - interval '400 days'",
    "staff_place": "greatest(known_at, begun_at) < hub_clock() - interval '180 days'"
    " OR known_at IS NULL AND begun_at < hub_clock() - interval '2 days'",
    "used_proof": "expires_at < hub_clock()",
    "alarm": "raised_at < hub_clock() - interval '30 days'",
}
"""What of each table is of no more use, found by an index."""
OLD_PAIR: Final = "updated_at < hub_clock() - interval '60 days'"
"""Wrong codes count for 30 days, and close for 30 more. No index finds such a pair: an entry that
each try moves would tell by the time it takes whose pair it is. So all pairs are walked through."""
_PAIRS: Final = "sign_in_pair"
_FIRST: Final = UUID(int=0)
_ASIDE: Final = {table: PutAside(table) for table in (*EXPIRED, _PAIRS)}


@dataclass(slots=True)
class _Walk:
    """Where this process stands in a table that it walks through, in the order of the ids."""

    after: UUID = _FIRST


_walk: Final = _Walk()


async def purge_expired() -> None:
    """Delete expired rows of each table, each table by itself; one worker at a time.

    Where a batch fails, each of its rows is deleted by itself, and one that fails again waits.
    """
    for table in EXPIRED:
        for _ in range(MOST_BATCHES):
            if await _purge(table, await _expired(table)) < BATCH:
                break
    await _purge(_PAIRS, await _old_pairs())


async def _expired(table: str) -> list[UUID]:
    rows = await fetch(
        f"SELECT id FROM {table} WHERE ({EXPIRED[table]}) AND id <> ALL($1) LIMIT {BATCH}",
        _ASIDE[table].rows(),
    )
    return [row["id"] for row in rows]


async def _old_pairs() -> list[UUID]:
    """Look at the next thousand pairs, from the first again behind the last; give the old ones."""
    rows = await fetch(
        f"SELECT id, {OLD_PAIR} AS old FROM sign_in_pair WHERE id > $1 ORDER BY id LIMIT {BATCH}",
        _walk.after,
    )
    _walk.after = rows[-1]["id"] if len(rows) == BATCH else _FIRST
    aside = set(_ASIDE[_PAIRS].rows())
    return [row["id"] for row in rows if row["old"] and row["id"] not in aside]


async def _purge(table: str, rows: Sequence[UUID]) -> int:
    """Delete these rows, unless another worker purges just now; give how many."""
    if not rows:
        return 0
    try:
        return await _delete(table, rows)
    except Exception as surprise:
        if is_engine_away(surprise):
            raise
        log.error("batch_unreadable", where=table, error=type(surprise).__name__)
    done = 0
    for row in rows:
        try:
            done += await _delete(table, [row])
        except Exception as refusal:  # noqa: BLE001  # one row must not keep the others
            await _ASIDE[table].put(row, refusal)
    return done


async def _delete(table: str, rows: Sequence[UUID]) -> int:
    still = OLD_PAIR if table == _PAIRS else EXPIRED[table]
    async with transaction():
        if not await fetch_value("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            return 0
        done = await execute(f"DELETE FROM {table} WHERE id = ANY($1) AND ({still})", rows)
    return int(done.rpartition(" ")[2])
