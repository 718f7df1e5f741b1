"""Lists what is new in the charts of a session and what is gone since an app last asked.

Charts are read one after the other, each in the order of its own changes. The cursor holds the
position in each.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from backend.auth.access.gate import Caller, read_page_of
from backend.auth.rules import STRENGTH, Level, RecordClass
from backend.core.database import Row
from backend.core.http.pagination import on_page
from backend.core.odd_rows.unreadable import note_unreadable
from backend.records.kinds import KINDS
from backend.records.sync.cursor import (
    AFTER_ALL_ROWS,
    ChartPlace,
    ChartState,
    Position,
    Reading,
    SyncAgain,
    SyncCursor,
    after_change,
    open_cursor,
    sealed_cursor,
)
from backend.records.views.record_views import stronger_sign_in

KNOWN: Final = frozenset(kind.table for kind in KINDS)


async def changes(caller: Caller, chart: UUID | None, limit: int, since: str | None) -> bytes:
    """List the changes after `since`, in their order; without `since`, all visible records.

    A chart that the session reaches since then is read from its beginning.

    Raises:
        BadCursor: `since` is nothing that the hub made.
        SyncAgain: it is of another state of things, so that nobody can say what is missing.
    """
    kept = None if since is None else open_cursor(since)
    known = {place.chart: place for place in kept.places} if kept else {}
    gate, *rows = await read_page_of(
        "changes", caller, chart, RecordClass.CHANGES, *_asked(known), limit + 1
    )
    states = [row for row in rows if row["kind"] is None]
    found = rows[len(states) :]
    reading = Reading(gate["grant_id"], gate["scope"], chart is not None)
    if kept and (kept.reading != reading or known.keys() - {state["chart"] for state in states}):
        raise SyncAgain
    places = [_place(state, known.get(state["chart"])) for state in states]
    shown = on_page(found, limit)
    page = _Page(shown, found[len(shown)]["chart"] if len(found) > len(shown) else None)
    cursor = sealed_cursor(SyncCursor(reading, _after(places, page)))
    return _written(page, cursor, gate["weak"])


class _Page(NamedTuple):
    shown: Sequence[Row]
    goes_on_in: UUID | None
    """The chart of the row behind it, if there is one."""


def _asked(known: Mapping[UUID, ChartPlace]) -> tuple[list[object], ...]:
    """Give the columns of what an app knows: chart, change, id, and from where on tombstones."""
    positions = [place.position for place in known.values()]
    return (
        list(known),
        [at.n for at in positions],
        [AFTER_ALL_ROWS if at.id is None else at.id for at in positions],
        [at.began_at for at in positions],
    )


def _place(state: Row, kept: ChartPlace | None) -> ChartPlace:
    """Give the position in a chart from which this page goes on.

    Raises:
        SyncAgain: the chart is not as it was, or its history has lost what came after.
    """
    strength = STRENGTH[Level(state["level"])]
    now = ChartState(strength, state["proven"], state["stepped_up"], state["epoch"])
    if kept is None:
        return ChartPlace(state["chart"], now, Position(0, UUID(int=0), state["n"]))
    at = kept.position
    if kept.state != now or not state["forgotten_n"] <= at.tombstones_after or at.n > state["n"]:
        raise SyncAgain
    return kept


def _after(places: Sequence[ChartPlace], page: _Page) -> list[ChartPlace]:
    """Give the positions behind a page.

    They move with what was shown and with nothing else: a cursor that moved by itself would tell
    that something happened which is not for this reader.
    """
    last_shown = {row["chart"]: row for row in page.shown}
    return [
        ChartPlace(place.chart, place.state, _behind(place, last_shown.get(place.chart), page))
        for place in places
    ]


def _behind(place: ChartPlace, last: Row | None, page: _Page) -> Position:
    at = place.position
    if last is None:
        return at if page.goes_on_in else after_change(at.n, at.began_at)
    if page.goes_on_in == place.chart:
        return Position(last["change_n"], last["id"], at.began_at)
    return after_change(last["change_n"], at.began_at)


def _is_told(row: Row) -> bool:
    """Note what cannot be shown. The app forgets what it has of a record that cannot be read."""
    if row["left_out"]:
        note_unreadable(row["kind"], "body", row=row["id"])
    if row["kind"] in KNOWN:
        return True
    note_unreadable("tombstone", "kind")
    return False


def _written(page: _Page, cursor: str, weak: Sequence[str] | None) -> bytes:
    items = ",".join(_item(row) for row in page.shown if _is_told(row))
    going_on = "true" if page.goes_on_in else "false"
    left_out = sum(row["left_out"] for row in page.shown)
    missing = f',"leftOut":{left_out}' if left_out else ""
    more = stronger_sign_in(weak).decode()
    said = f'"items":[{items}],"nextCursor":"{cursor}","more":{going_on}{missing}{more}'
    return f"{{{said}}}".encode()


def _item(row: Row) -> str:
    content = '"gone":true' if row["body"] is None else f'"record":{row["body"]}'
    return f'{{"kind":"{row["kind"]}","id":"{row["id"]}",{content}}}'
