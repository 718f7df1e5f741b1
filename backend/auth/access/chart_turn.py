"""Lets nobody open a chart while what was proved for it is just being ended.

Whoever opens a chart takes the turn first, looks then whether the proof holds, and keeps the turn
until the reach is committed. Many may share it. Whoever ends a proof has it alone: so each opening
comes before, and its reach ends too, or behind, and its proof holds no more.

Everybody locks in one order, whatever of it they need; within a step in the order of the ids:

1. lost phones (`wait_for_lost_phones`, or `report_lost`)
2. what was typed or said: citizen ids, own numbers, phones (`lock_identifiers`, `take_turn`)
3. charts that their facility describes or merges (rows of `patient`)
4. the turns of charts (here)
5. the numbers of charts (`lock_numbers`, `phones_of`), so that a notice to one need not wait
6. sessions (`lock_session`, `lock_sessions`, `keep_reach`), and then what they reach
7. grants (`take_turns`)
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from backend.core.database import execute
from backend.core.postgres.steps import LockOrder, claim, step


async def share_turn(charts: Iterable[UUID]) -> None:
    """Take the turn of these charts to open them: before anything else is locked or looked at."""
    await execute(
        "SELECT pg_advisory_xact_lock_shared(key) FROM"
        " (SELECT DISTINCT hashtextextended(chart::text, 1) AS key FROM unnest($1::uuid[]) chart"
        "  ORDER BY key) turns",
        list(charts),
    )


async def take_turn_alone(*charts: UUID) -> None:
    """Wait until nobody is opening these charts, and let nobody begin, until the commit."""
    claim(("turn", chart) for chart in charts)
    await _take_alone.all(charts)


@step(LockOrder.TURNS)
async def _take_alone(charts: Sequence[UUID]) -> Sequence[None]:
    await execute(
        "SELECT pg_advisory_xact_lock(key) FROM"
        " (SELECT DISTINCT hashtextextended(chart::text, 1) AS key FROM unnest($1::uuid[]) chart"
        "  ORDER BY key) turns",
        list(charts),
    )
    return [None] * len(charts)
