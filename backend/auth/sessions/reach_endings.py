"""Ends what sessions reach: of the charts that are named, and nothing else of theirs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from backend.auth.sessions.session_charts import FOUND, IS_REACHED
from backend.core.change_signals import publish
from backend.core.database import Row, execute, fetch

SIGNED_OUT: Final = "signed_out"
"""Why a session ended that its own phone has ended."""

_OVER: Final = (
    "UPDATE session s SET ended_at = hub_clock(), ended_why = $2"
    " WHERE s.id = ANY($1) AND s.ended_at IS NULL AND ($3 OR NOT EXISTS"
    f" (SELECT FROM session_chart sc WHERE sc.session = s.id AND {IS_REACHED}))"
    " RETURNING s.device"
)
"""Ends sessions: where `$3` does not say all of them, those that reach nothing any more."""


@dataclass(frozen=True, slots=True)
class EndedReach:
    """A chart that a session reached until now."""

    session: UUID
    chart: UUID


async def lock_sessions(sessions: Collection[UUID]) -> list[UUID]:
    """Lock the sessions that still live, in the order of their ids; give them.

    Who adds to what a session reaches, or ends it, locks the session first.
    """
    rows = await fetch(
        "SELECT id FROM session WHERE id = ANY($1) AND ended_at IS NULL"
        " AND expires_at > hub_clock() ORDER BY id FOR NO KEY UPDATE",
        sorted(sessions),
    )
    return [row["id"] for row in rows]


async def end_reach(
    sessions: Collection[UUID], charts: Collection[UUID], reason: str
) -> list[EndedReach]:
    """End the reach of these charts in the caller's transaction.

    A session that then reaches no chart is over. A device without a session gets no pushes.
    """
    living = await lock_sessions(sessions)
    rows = await fetch(
        "UPDATE session_chart sc SET ended_at = hub_clock(), ended_why = $3"
        f" WHERE sc.session = ANY($1) AND sc.chart = ANY($2) AND {IS_REACHED}"
        " RETURNING sc.session, sc.chart",
        living, list(charts), reason,
    )  # fmt: skip
    await _end_sessions(living, reason, whole=False)
    return _ended(rows)


async def end_whole(session: UUID, reason: str) -> list[EndedReach]:
    """End one session with all that it reaches, in the caller's transaction; give what it was.

    What was only found ends too, and is not among it.
    """
    living = await lock_sessions([session])
    rows = await fetch(
        "UPDATE session_chart SET ended_at = hub_clock(), ended_why = $2"
        " WHERE session = ANY($1) AND ended_at IS NULL RETURNING session, chart, level",
        living, reason,
    )  # fmt: skip
    await _end_sessions(living, reason, whole=True)
    return _ended([row for row in rows if row["level"] != FOUND])


def _ended(rows: Iterable[Row]) -> list[EndedReach]:
    ended = sorted((row["session"], row["chart"]) for row in rows)
    for _, chart in ended:
        publish(chart)
    return [EndedReach(session, chart) for session, chart in ended]


async def _end_sessions(sessions: Sequence[UUID], reason: str, *, whole: bool) -> None:
    over = await fetch(_OVER, sessions, reason, whole)
    await execute(
        "UPDATE device d SET push_token = NULL, push_token_hash = NULL WHERE d.id = ANY($1)"
        " AND NOT EXISTS (SELECT FROM session s WHERE s.device = d.id AND s.ended_at IS NULL"
        "  AND s.expires_at > hub_clock())",
        [row["device"] for row in over],
    )
