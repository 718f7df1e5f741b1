"""Deletes what sign-in no longer needs: challenges, counts of texts, used proofs, strangers."""

from backend.core.database import execute, fetch_value, transaction

LOCK = 7_303
BATCH = 1000
"""Rows of one kind in one go: nobody waits for this."""

EXPIRED: dict[str, str] = {
    "sign_in_challenge": "created_at < hub_clock() - interval '30 days'",
    "sign_in_account": "patient IS NULL AND updated_at < hub_clock() - interval '30 days'",
    "sms_code": "due_at < hub_clock() - interval '2 days'",
    "booked_text": "booked_at < hub_clock() - interval '2 days'",
    "reached_number": "reached_at < hub_clock() - interval '400 days'",
    "staff_place": "greatest(known_at, begun_at) < hub_clock() - interval '180 days'"
    " OR known_at IS NULL AND begun_at < hub_clock() - interval '2 days'",
    "used_proof": "expires_at < hub_clock()",
    "alarm": "raised_at < hub_clock() - interval '30 days'",
}
"""What of each table is of no more use. The wrong codes of a patient are never forgotten by time:
their cap has no window."""


async def purge_expired() -> None:
    """Delete a batch of expired rows of each table; one worker at a time."""
    async with transaction():
        if await fetch_value("SELECT pg_try_advisory_xact_lock($1)", LOCK):
            for table, over in EXPIRED.items():
                await execute(
                    f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {over}"
                    " LIMIT $1)",
                    BATCH,
                )
