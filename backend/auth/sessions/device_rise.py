"""Tells, for the worker, of a new phone that has waited long enough to rise."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.auth.notices import DEVICE_RISES, send_notice
from backend.core.database import fetch, transaction
from backend.core.odd_rows.row_isolation import PutAside, in_batch_or_apart

_AT_ONCE: Final = 500
_TELLING: Final = PutAside("tell_of_devices")


async def tell_of_waiting_devices() -> None:
    """Tell who has a chart that a new phone has waited long enough for a second code."""
    await in_batch_or_apart(_TELLING, _due, _tell)


async def _due(but: Sequence[UUID]) -> list[UUID]:
    rows = await fetch(
        "SELECT id FROM session_chart WHERE tell_again_at <= hub_clock()"
        " AND id <> ALL($1) LIMIT $2",
        but, _AT_ONCE,
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
