"""Raises what a slip opened, for the worker, and tells of a phone that may rise."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.auth.notices import DEVICE_RISES, send_notice
from backend.core.database import execute, fetch, transaction
from backend.core.odd_rows.row_isolation import PutAside, in_batch_or_apart

SLIP_STANDS_AFTER: Final = timedelta(hours=24)
"""So long somebody can say that a slip was not theirs, before it counts as much as a paper."""
_BATCH: Final = 500
_RAISING: Final = PutAside("raise_by_slips")
_TELLING: Final = PutAside("tell_of_devices")


async def raise_by_slips() -> None:
    """Raise charts that a slip opened: a colleague confirmed it, or nobody has objected."""
    await in_batch_or_apart(_RAISING, _standing, _raise)


async def _standing(but: Sequence[UUID]) -> list[UUID]:
    rows = await fetch(
        "SELECT sc.id FROM session_chart sc JOIN activation_slip a ON a.id = sc.slip"
        " WHERE sc.level = 'otp' AND sc.ended_at IS NULL AND a.revoked_at IS NULL"
        " AND (a.confirmed_at IS NOT NULL OR a.objected_at IS NULL"
        "  AND a.used_at <= hub_clock() - $3::interval)"
        " AND sc.id <> ALL($1) LIMIT $2",
        but, _BATCH, SLIP_STANDS_AFTER,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def _raise(charts: Sequence[UUID]) -> int:
    done = await execute(
        "UPDATE session_chart SET level = 'desk' WHERE level = 'otp' AND ended_at IS NULL"
        " AND id = ANY($1)",
        charts,
    )
    return int(done.rpartition(" ")[2])


async def tell_of_waiting_devices() -> None:
    """Tell who has a chart that a new phone has waited long enough for a second code."""
    await in_batch_or_apart(_TELLING, _due, _tell)


async def _due(but: Sequence[UUID]) -> list[UUID]:
    rows = await fetch(
        "SELECT id FROM session_chart WHERE tell_again_at <= hub_clock()"
        " AND id <> ALL($1) LIMIT $2",
        but, _BATCH,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def _tell(charts: Sequence[UUID]) -> int:
    async with transaction():
        rows = await fetch(
            "UPDATE session_chart sc SET tell_again_at = NULL FROM session s"
            " WHERE sc.id = ANY($1) AND s.id = sc.session AND sc.tell_again_at <= hub_clock()"
            " RETURNING sc.id, sc.chart, sc.level = 'otp-limited' AND sc.ended_at IS NULL"
            " AND s.ended_at IS NULL AND s.expires_at > hub_clock() AS waits",
            charts,
        )
        for row in rows:
            if row["waits"]:
                await send_notice(row["chart"], DEVICE_RISES, row["id"])
    return len(rows)
