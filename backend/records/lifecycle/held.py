"""Holds records of a chart back until its facility's desk has looked at papers.

A key may give a chart another citizen id, or merge another chart into one that somebody reaches. So
a facility's key alone never shows what was there before to whoever comes with a code. Slips, VNeID
and sessions that a desk has opened read it all the same (`schema/repeatable/held.py`).
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.auth.desk_tasks import DeskTaskKind, open_task, settle_task
from backend.core.audit import Act, write_down
from backend.core.change_signals import publish
from backend.core.database import execute, fetch_value, transaction
from backend.records.kinds import TABLES
from backend.records.patient_lock import lock_patient

OTHER_CITIZEN_ID: Final = 1
"""It was there before a key gave the chart another citizen id."""
MERGED_IN: Final = 2
"""A merge has brought it into a chart that somebody reaches."""
CONFIRMED: Final = "confirmed"

_HELD: Final = (*TABLES.values(), "notification")


async def hold_all(chart: UUID, facility: UUID) -> None:
    """Hold all that the chart has, in intake's transaction: its citizen id is another now."""
    n = await lock_patient(chart)
    for table in _HELD:
        await execute(
            f"UPDATE {table} SET held = held | $2::smallint WHERE patient = $1",
            chart, OTHER_CITIZEN_ID,
        )  # fmt: skip
    await _begin_anew(chart, n)
    await open_task(DeskTaskKind.HELD_BACK, chart, facility, chart)


async def hold_brought(
    before: UUID, chart: UUID, facility: UUID, records: Sequence[UUID], own: Sequence[UUID]
) -> None:
    """Settle what a merge or its undo has brought into a chart, in the transaction that does so.

    What somebody has reached where it was is held too: its bound number does not come along, and a
    key could state another one here.

    Args:
        before: from which it was brought.
        chart: into which.
        facility: whose merge it is.
        records: all of it.
        own: the numbers that are the chart's by right. What is filed under these is at home again.
    """
    must_wait = await _is_reached([before, chart])
    for table in TABLES.values():
        await execute(
            f"UPDATE {table} SET held = CASE WHEN filed_under = ANY($2) THEN held & ~$3::smallint"
            " WHEN $4 THEN held | $3::smallint ELSE held END WHERE id = ANY($1)",
            records, own, MERGED_IN, must_wait,
        )  # fmt: skip
    if await fetch_value(_ANY_HELD, chart, MERGED_IN):
        await open_task(DeskTaskKind.HELD_BACK, chart, facility, chart)


async def confirm(chart: UUID, facility: UUID, act: Act) -> bool:
    """Show what is held, after the facility's desk has seen a paper; say whether anything was.

    Args:
        chart: whose records they are.
        facility: whose chart it is.
        act: who has seen what: for the audit.
    """
    async with transaction():
        await write_down(act)
        await execute("SELECT open_intake($1)", facility)
        n = await lock_patient(chart)
        shown = 0
        for table in _HELD:
            done = await execute(
                f"UPDATE {table} SET held = 0 WHERE patient = $1 AND facility = $2 AND held <> 0",
                chart, facility,
            )  # fmt: skip
            shown += int(done.rpartition(" ")[2])
        was = await fetch_value(
            "UPDATE patient SET held_since = NULL WHERE id = $1 AND facility = $2"
            " AND held_since IS NOT NULL RETURNING id",
            chart, facility,
        )  # fmt: skip
        await _begin_anew(chart, n)
        settled = await settle_task(DeskTaskKind.HELD_BACK, chart, CONFIRMED, act.actor)
    return bool(shown or was or settled)


_ANY_HELD: Final = "SELECT " + " OR ".join(
    f"EXISTS (SELECT FROM {table} WHERE patient = $1 AND held & $2::smallint <> 0)"
    for table in TABLES.values()
)


async def _is_reached(charts: Sequence[UUID]) -> bool:
    """Tell whether somebody reaches or has reached one of these, or has bound a number to it."""
    return bool(
        await fetch_value(
            "SELECT EXISTS (SELECT FROM session_chart WHERE chart = ANY($1) AND level <> 'found')"
            " OR EXISTS (SELECT FROM contact_point c WHERE c.patient = ANY($1)"
            "  AND c.confirmed_by IN ('patient', 'desk'))",
            charts,
        )
    )


async def _begin_anew(chart: UUID, n: int) -> None:
    """Let every app read all again: what it may see has changed, whatever it has."""
    publish(chart)
    await execute(
        "UPDATE patient_change SET n = $2, epoch = epoch + 1 WHERE patient = $1", chart, n
    )
