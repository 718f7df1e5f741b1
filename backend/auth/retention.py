"""Deletes what sign-in no longer needs: challenges, counts of texts, used proofs, strangers."""

from collections.abc import Sequence
from uuid import UUID

from backend.core.database import Row, execute, fetch, fetch_value, transaction
from backend.core.log import log
from backend.core.odd_rows.row_isolation import PutAside
from backend.core.postgres.database_failures import is_engine_away

LOCK = 7_303
BATCH = 1000
"""Rows of one kind in one go: nobody waits for this."""

EXPIRED: dict[str, str] = {
    "sign_in_challenge": "created_at < hub_clock() - interval '30 days'",
    "sign_in_pair": "updated_at < hub_clock() - interval '60 days'",
    "sms_code": "due_at < hub_clock() - interval '2 days'",
    "booked_text": "booked_at < hub_clock() - interval '2 days'",
    "reached_number": "reached_at < hub_clock() - interval '400 days'",
    "staff_place": "greatest(known_at, begun_at) < hub_clock() - interval '180 days'"
    " OR known_at IS NULL AND begun_at < hub_clock() - interval '2 days'",
    "used_proof": "expires_at < hub_clock()",
    "alarm": "raised_at < hub_clock() - interval '30 days'",
}
"""What of each table is of no more use. Wrong codes count for 30 days, and close for 30 more."""
_ASIDE: dict[str, PutAside] = {table: PutAside(table) for table in EXPIRED}


async def purge_expired() -> None:
    """Delete a batch of expired rows of each table, each table by itself; one worker at a time.

    Where a batch fails, each of its rows is deleted by itself, and one that fails again waits.
    """
    for table in EXPIRED:
        aside = _ASIDE[table]
        try:
            await _purge(table, aside.rows())
        except Exception as surprise:
            if is_engine_away(surprise):
                raise
            log.error("batch_unreadable", where=table, error=type(surprise).__name__)
            for row in await _expired(table, aside.rows()):
                try:
                    await execute(f"DELETE FROM {table} WHERE id = $1", row["id"])
                except Exception as refusal:  # noqa: BLE001  # one row must not keep the others
                    await aside.put(row["id"], refusal)


async def _purge(table: str, but: Sequence[UUID]) -> None:
    async with transaction():
        if await fetch_value("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            await execute(
                f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {EXPIRED[table]}"
                " AND id <> ALL($1) LIMIT $2)",
                but, BATCH,
            )  # fmt: skip


async def _expired(table: str, but: Sequence[UUID]) -> Sequence[Row]:
    return await fetch(
        f"SELECT id FROM {table} WHERE {EXPIRED[table]} AND id <> ALL($1) LIMIT $2", but, BATCH
    )
