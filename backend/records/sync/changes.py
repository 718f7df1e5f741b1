"""Lists what is new in a record and what is gone since an app last asked."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backend.auth.access.gate import Caller, read_page_of
from backend.auth.rules import STRENGTH, RecordClass, level_of
from backend.core.database import Row
from backend.core.odd_rows.unreadable import note_unreadable
from backend.records.kinds import KINDS
from backend.records.sync.cursor import (
    Position,
    Reading,
    SyncAgain,
    SyncCursor,
    after_change,
    open_cursor,
    sealed_cursor,
)

_BEGINNING: Final = Position(0, UUID(int=0), 0)
KNOWN: Final = frozenset(kind.table for kind in KINDS)


async def changes(caller: Caller, patient: UUID | None, limit: int, since: str | None) -> bytes:
    """List the changes after `since`, in their order; without `since`, all visible records.

    Raises:
        BadCursor: `since` is nothing that the hub made.
        SyncAgain: it is of another state of things, so that nobody can say what is missing.
    """
    kept = None if since is None else open_cursor(since)
    at = _BEGINNING if kept is None else kept.position
    tombstones_after = None if kept is None else at.began_at
    rows = await read_page_of(
        "changes", caller, patient, RecordClass.CHANGES, at.n, at.id, tombstones_after, limit + 1
    )
    state, found = rows[0], [row for row in rows if row["id"]]
    reading = _reading(caller, state)
    if kept is None:
        at = Position(at.n, at.id, state["n"])
    elif kept.reading != reading or not _is_known(at, state):
        raise SyncAgain
    shown, more = found[:limit], len(found) > limit
    cursor = sealed_cursor(SyncCursor(reading, _after(at, shown, more=more)))
    told = [row for row in shown if _is_told(row)]
    return _page(told, cursor, sum(row["left_out"] for row in shown), more=more)


def _is_told(row: Row) -> bool:
    """Note what cannot be shown. The app forgets what it has of a record that cannot be read."""
    if row["left_out"]:
        note_unreadable(row["kind"], "body", row=row["id"])
    if row["kind"] in KNOWN:
        return True
    note_unreadable("tombstone", "kind")
    return False


def _reading(caller: Caller, state: Row) -> Reading:
    return Reading(
        patient=state["patient"],
        actor=caller.patient,
        grant=state["grant_id"],
        scope=state["scope"],
        strength=STRENGTH[level_of(state["level"])],
        stepped_up=state["stepped_up"],
        epoch=state["epoch"],
    )


def _is_known(at: Position, state: Row) -> bool:
    """Tell whether the history still has all that came after, and has not lost what came before."""
    return bool(state["forgotten_n"] <= at.tombstones_after and at.n <= state["n"])


def _after(at: Position, shown: Sequence[Row], *, more: bool) -> Position:
    """Give the position behind a page.

    It moves with what was shown and with nothing else: a cursor that moved by itself would tell
    that something happened which is not for this reader.
    """
    if not shown:
        return after_change(at.n, at.began_at)
    last = shown[-1]
    if more:
        return Position(last["change_n"], last["id"], at.began_at)
    return after_change(last["change_n"], at.began_at)


def _page(told: Sequence[Row], cursor: str, left_out: int, *, more: bool) -> bytes:
    items = ",".join(map(_item, told))
    going_on = "true" if more else "false"
    missing = f',"leftOut":{left_out}' if left_out else ""
    return f'{{"items":[{items}],"nextCursor":"{cursor}","more":{going_on}{missing}}}'.encode()


def _item(row: Row) -> str:
    content = '"gone":true' if row["body"] is None else f'"record":{row["body"]}'
    return f'{{"kind":"{row["kind"]}","id":"{row["id"]}",{content}}}'
