"""Looks over what no single request shows: texts nobody uses, numbers nobody has."""

from backend.alarms import Kind, alarm
from backend.auth.code_rules import seems_guessed, seems_pumped
from backend.auth.rules import CODE_LIFETIME
from backend.database import fetch_one


async def look_out() -> None:
    """Compare codes sent with codes used, and numbers typed with numbers known."""
    row = await fetch_one(
        "WITH texts AS (SELECT c.used_at FROM code_text t"
        "  LEFT JOIN sign_in_challenge c ON c.id = t.id"
        "  WHERE t.due_at > hub_clock() - interval '1 hour'"
        "  AND t.due_at <= hub_clock() - $1::interval)"
        " SELECT (SELECT count(*) FROM texts) AS sent, (SELECT count(used_at) FROM texts) AS used,"
        " count(*) AS asked, count(*) FILTER (WHERE patient IS NULL) AS unknown"
        " FROM sign_in_challenge WHERE created_at > hub_clock() - interval '10 minutes'",
        CODE_LIFETIME,
    )
    assert row, "an aggregate has one row"
    if seems_pumped(row["sent"], row["used"]):
        await alarm(Kind.UNUSED)
    if seems_guessed(row["asked"], row["unknown"]):
        await alarm(Kind.STRANGERS)
