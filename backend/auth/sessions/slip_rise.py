"""Lets what a slip opened rise to `desk`: when a colleague confirms it, or after a quiet day.

What one member of staff prints alone opens at `otp`. An objection of the desk ends it instead; a
person objects by ending the session.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.auth.rules import Level
from backend.core.change_signals import publish
from backend.core.database import Row, execute, fetch, fetch_value
from backend.core.errors import HubError, NotFound
from backend.core.odd_rows.row_isolation import PutAside, in_batch_or_apart

QUIET_DAY: Final = timedelta(hours=24)
OBJECTED: Final = "slip_objected"
"""Why a reach ended: its desk said that the slip was wrong."""
_AT_ONCE: Final = 50
_RISING: Final = PutAside("session_chart")
_OPENED: Final = "c.slip = s.id AND c.proof = 'slip' AND c.ended_at IS NULL"
_RISE: Final = (
    f"UPDATE session_chart c SET level = '{Level.DESK}' FROM activation_slip s"
    f" WHERE {_OPENED} AND c.level = 'otp'"
)
_CONFIRMED_RISE: Final = f"{_RISE} AND s.id = $1 RETURNING c.chart"
_DUE_RISE: Final = f"{_RISE} AND c.id = ANY($1) RETURNING c.chart"


class OwnSlip(HubError):
    """A colleague confirms a slip, not the one who made it."""

    code = "own_slip"
    status = 409


async def confirm_slip(slip: UUID, chart: UUID, staff: UUID) -> None:
    """Write down that a colleague has seen the person too; what it opened is `desk` from now on.

    Raises:
        NotFound: no slip of this chart that was neither revoked nor objected to.
        OwnSlip: this member of staff made it.
    """
    made_by = await fetch_value(
        "SELECT made_by FROM activation_slip WHERE id = $1 AND patient = $2 AND revoked_at IS NULL"
        " AND objected_at IS NULL FOR UPDATE",
        slip, chart,
    )  # fmt: skip
    if made_by is None:
        raise NotFound
    if made_by == staff:
        raise OwnSlip
    await execute(
        "UPDATE activation_slip SET confirmed_at = coalesce(confirmed_at, hub_clock()),"
        " confirmed_by = coalesce(confirmed_by, $2) WHERE id = $1",
        slip, staff,
    )  # fmt: skip
    _tell(await fetch(_CONFIRMED_RISE, slip))


async def object_to_slips(chart: UUID) -> None:
    """End what slips of this chart opened within the last day and no colleague has confirmed."""
    await execute(
        "WITH objected AS (UPDATE activation_slip s SET objected_at = hub_clock()"
        "  WHERE s.patient = $1 AND s.confirmed_at IS NULL AND s.objected_at IS NULL"
        "  AND s.used_at > hub_clock() - $2::interval RETURNING s.id)"
        " UPDATE session_chart c SET ended_at = hub_clock(), ended_why = $3 FROM objected s"
        f" WHERE {_OPENED}",
        chart, QUIET_DAY, OBJECTED,
    )  # fmt: skip
    publish(chart)


async def raise_slips() -> int:
    """Raise what slips opened a day ago without an objection; a duty of the worker."""
    return await in_batch_or_apart(_RISING, _due, _raised)


async def _due(but: Sequence[UUID]) -> list[UUID]:
    rows = await fetch(
        "SELECT c.id FROM session_chart c JOIN activation_slip s ON"
        f" {_OPENED} WHERE c.level = 'otp' AND s.objected_at IS NULL"
        " AND s.used_at <= hub_clock() - $1::interval AND c.id <> ALL($2) ORDER BY c.id LIMIT $3",
        QUIET_DAY, but, _AT_ONCE,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def _raised(reaches: Sequence[UUID]) -> int:
    return _tell(await fetch(_DUE_RISE, reaches))


def _tell(raised: Sequence[Row]) -> int:
    """Tell the open apps of charts that rose; say how many rose."""
    for row in raised:
        publish(row["chart"])
    return len(raised)
