"""What a lost phone does: every session that reaches the chart ends, and weak proofs wait a day.

It is the one act of a desk that touches more than its own chart: a session in other hands reaches
whatever it reaches. Where it opens, binds, approves or raises, other code asks `chart_is_held`.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.auth.notices import PHONE_LOST, send_notice
from backend.core.audit import Act, write_down
from backend.core.change_signals import publish
from backend.core.database import execute, fetch, fetch_value, new_id
from backend.core.errors import HubError

LOST: Final = "lost_phone"
"""Why a session, or the reach of a chart, ended."""
HELD_FOR: Final = timedelta(hours=24)
ONCE_IN: Final = timedelta(days=30)
_LOCK: Final = 7_316
_BY_TIME: Final = ("", "expired", "idle", "opened_again")
"""What is written of an end that only time has brought: a device with no other is not new."""
REACHES: Final = "c.ended_at IS NULL AND c.level <> 'found'"
"""For statements with a `session_chart` as `c`: a chart that was only found is not reached."""


class LostAlready(HubError):
    """A lost phone was reported for this patient within the last 30 days."""

    code = "lost_already"
    status = 409


def chart_is_held(chart: str) -> str:
    """Give SQL that tells whether a chart is held: no code, approval, binding or rise counts.

    A slip and VNeID open it all the same. Call `wait_for_lost_phones` in a statement before.

    Args:
        chart: an expression of that statement, such as `c.chart` or `$1`.
    """
    return (
        f"EXISTS (SELECT FROM chart_hold h WHERE h.chart = {chart}"
        " AND h.ended_at IS NULL AND h.until > hub_clock())"
    )


_HELD_OF: Final = (
    f"SELECT c.chart FROM unnest($1::uuid[]) AS c (chart) WHERE {chart_is_held('c.chart')}"
)


async def wait_for_lost_phones() -> None:
    """Let a lost phone that is being reported come first, until the transaction ends.

    Whoever opens, binds, approves or raises calls it before anything else, so that what was held
    meanwhile is seen, and what is opened meanwhile is ended.
    """
    await execute("SELECT pg_advisory_xact_lock_shared($1)", _LOCK)


async def held_of(charts: Iterable[UUID]) -> set[UUID]:
    """Give which of these charts are held, once no lost phone is being reported."""
    await wait_for_lost_phones()
    rows = await fetch(_HELD_OF, list(charts))
    return {row["chart"] for row in rows}


async def report_lost(chart: UUID, facility: UUID, staff: UUID, proof: str) -> UUID:
    """End all that reaches the chart, and hold the charts that it reached, in the transaction.

    Raises:
        LostAlready: the same facility has reported one for this chart within 30 days.
    """
    await execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
    if await _lately(chart, facility):
        raise LostAlready
    lost = new_id()
    await execute(
        "INSERT INTO lost_phone (id, chart, facility, staff, proof, made_at)"
        " VALUES ($1, $2, $3, $4, $5, hub_clock())",
        lost, chart, facility, staff, proof,
    )  # fmt: skip
    held = await _end_what_reaches(chart)
    await execute(
        "INSERT INTO chart_hold (id, lost_phone, chart, until)"
        " SELECT uuidv7(), $1, chart, hub_clock() + $3::interval"
        " FROM unnest($2::uuid[]) AS c (chart)",
        lost, held, HELD_FOR,
    )  # fmt: skip
    for held_chart in held:
        publish(held_chart)
        await send_notice(held_chart, PHONE_LOST, lost)
    return lost


async def lift(chart: UUID, staff: UUID) -> None:
    """End every hold on this chart, and all that was held together with it."""
    rows = await fetch(
        "UPDATE lost_phone l SET lifted_at = hub_clock(), lifted_by = $2"
        " WHERE l.lifted_at IS NULL AND EXISTS (SELECT FROM chart_hold h WHERE h.lost_phone = l.id"
        "  AND h.chart = $1 AND h.ended_at IS NULL AND h.until > hub_clock()) RETURNING l.id",
        chart, staff,
    )  # fmt: skip
    await execute(
        "UPDATE chart_hold SET ended_at = hub_clock() WHERE lost_phone = ANY($1)"
        " AND ended_at IS NULL",
        [row["id"] for row in rows],
    )


async def _lately(chart: UUID, facility: UUID) -> bool:
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM lost_phone WHERE chart = $1 AND facility = $2"
            " AND made_at > hub_clock() - $3::interval)",
            chart, facility, ONCE_IN,
        )
    )  # fmt: skip


async def _end_what_reaches(chart: UUID) -> list[UUID]:
    """End every session that reaches the chart; give all charts that they reached, sorted.

    The devices count as new from now on: no end of a reach that they had is one by time alone.
    """
    sessions = await fetch(
        "SELECT s.id, s.device FROM session s WHERE s.ended_at IS NULL"
        " AND s.expires_at > hub_clock() AND EXISTS (SELECT FROM session_chart c"
        f"  WHERE c.session = s.id AND c.chart = $1 AND {REACHES})"
        " ORDER BY s.id FOR NO KEY UPDATE OF s",
        chart,
    )
    ended = [row["id"] for row in sessions]
    rows = await fetch(
        f"SELECT DISTINCT c.chart FROM session_chart c WHERE c.session = ANY($1) AND {REACHES}",
        ended,
    )
    held = sorted({chart, *(row["chart"] for row in rows)})
    await execute(
        "UPDATE session SET ended_at = hub_clock(), ended_why = $2 WHERE id = ANY($1)", ended, LOST
    )
    await execute(
        "UPDATE session_chart c SET ended_at = coalesce(c.ended_at, hub_clock()), ended_why = $3"
        " FROM session s WHERE s.id = c.session AND c.chart = ANY($2) AND c.ended_why = ANY($4)"
        " AND (c.chart = $5 OR s.device = ANY($1))",
        [row["device"] for row in sessions], held, LOST, list(_BY_TIME), chart,
    )  # fmt: skip
    await execute(
        "UPDATE device d SET"
        " push_token = CASE WHEN lives.here THEN push_token END,"
        " push_token_hash = CASE WHEN lives.here THEN push_token_hash END"
        " FROM (SELECT o.id, EXISTS (SELECT FROM session s WHERE s.device = o.id"
        "   AND s.ended_at IS NULL AND s.expires_at > hub_clock()) AS here"
        "  FROM device o WHERE o.id = ANY($1)) lives"
        " WHERE d.id = lives.id",
        [row["device"] for row in sessions],
    )
    await _write_down(ended, held)
    return held


async def _write_down(sessions: list[UUID], charts: list[UUID]) -> None:
    """Tell each chart's trail which sessions ended; it names neither desk nor another chart."""
    rows = await fetch(
        "SELECT session, chart FROM session_chart WHERE session = ANY($1) AND chart = ANY($2)"
        " AND ended_why = $3 ORDER BY id",
        sessions, charts, LOST,
    )  # fmt: skip
    for row in rows:
        await write_down(
            Act(actor_kind="system", patient=row["chart"], action="sign_in.ended",
                subject=row["session"], result=LOST)
        )  # fmt: skip
