"""Counts stored values that cannot be read, and raises one alarm: never with what was stored.

A row that cannot be read takes nothing else away. Whoever meets one says so here, leaves the row
out, and goes on. The alarm is written in a transaction of its own: the one that reads may be one
that can write nothing.
"""

import asyncio
from contextvars import Context
from time import monotonic
from typing import Final
from uuid import UUID

import asyncpg

from backend.core.alarms import AlarmKind, alarm
from backend.core.crypto.reasons import text_of
from backend.core.crypto.sealing import UnreadableSeal, place_of, unseal_bytes
from backend.core.log import log
from backend.core.metrics import UNREADABLE
from backend.core.postgres.database_failures import AWAY, DatabaseAway

AGAIN_SECONDS: Final = 60.0
"""How long a process does not write again of the same place: a row is read many times a second."""
LAST_WORDS_SECONDS: Final = 5.0
UNREADABLE_NAME: Final = "—"
"""Stands where a name cannot be read: an empty one could be taken for a name that is not known."""


class _Noted:
    at: dict[str, float] = {}  # one for this process
    tasks: set[asyncio.Task[None]] = set()


def note_unreadable(table: str, column: str, rows: int = 1, *, row: UUID | None = None) -> None:
    """Count rows that were left out, and raise an alarm in the background, also inside a reading.

    Args:
        table: where they are stored.
        column: what of them cannot be read.
        rows: how many.
        row: the id of one of them, where it is known: only the audit row has it.
    """
    place = f"{table}.{column}"
    UNREADABLE.labels(place).inc(rows)
    if monotonic() < _Noted.at.get(place, 0.0) + AGAIN_SECONDS:
        return
    _Noted.at[place] = monotonic()
    log.error("unreadable_row", where=place, count=rows)
    task = asyncio.get_running_loop().create_task(_raise(place, row), context=Context())
    _Noted.tasks.add(task)
    task.add_done_callback(_Noted.tasks.discard)


def unsealed(sealed: bytes, *, table: str, column: str, row: UUID) -> str | None:
    """Open a sealed value of a list; None, and an alarm, for one that does not open."""
    return unsealed_at(sealed, place_of(table, column, row), table=table, column=column, row=row)


def unsealed_at(
    sealed: bytes, place: str, *, table: str, column: str, row: UUID | None = None
) -> str | None:
    """Do as `unsealed`, where a value is sealed for another place than the row it stands in."""
    try:
        return unseal_bytes(sealed, place).decode()
    except UnreadableSeal:
        note_unreadable(table, column, row=row)
        return None


def reason_shown(sealed: bytes | None, digest: bytes | None) -> str:
    """Give the text of a reason; a dash, and an alarm, for one that does not open."""
    try:
        return text_of(sealed, digest)
    except UnreadableSeal:
        note_unreadable("audit_event", "why")
        return UNREADABLE_NAME


async def stop_noting() -> None:
    """Let the last alarms be written at the end of a process."""
    if _Noted.tasks:
        await asyncio.wait(_Noted.tasks, timeout=LAST_WORDS_SECONDS)
    _Noted.at.clear()


async def _raise(place: str, row: UUID | None) -> None:
    try:
        await alarm(AlarmKind.UNREADABLE_ROW, place.encode(), from_where=place, subject=row)
    except (*AWAY, DatabaseAway, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
        _Noted.at.pop(place, None)  # the next one who meets it tries again
        log.error("alarm_not_raised", where=place, error=type(away).__name__)
