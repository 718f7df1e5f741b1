"""Lets nobody open a chart while what was proved for it is just being ended.

Whoever opens a chart takes the turn first, looks then whether the proof holds, and keeps the turn
until the reach is committed. Many may share it. Whoever ends a proof has it alone: so each opening
comes before, and its reach ends too, or behind, and its proof holds no more.
"""

from collections.abc import Iterable
from uuid import UUID

from backend.core.database import execute


async def share_turn(charts: Iterable[UUID]) -> None:
    """Take the turn of these charts to open them: before anything else is locked or looked at."""
    await execute(
        "SELECT pg_advisory_xact_lock_shared(key) FROM"
        " (SELECT DISTINCT hashtextextended(chart::text, 1) AS key FROM unnest($1::uuid[]) chart"
        "  ORDER BY key) turns",
        list(charts),
    )


async def take_turn_alone(chart: UUID) -> None:
    """Wait until nobody is opening the chart, and let nobody begin, until the commit."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 1))", chart)
