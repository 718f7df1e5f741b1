"""The timeline of every chart that a session reaches, the newest first."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.auth.access.gate import Caller, read_page_of
from backend.auth.rules import RecordClass
from backend.core.database import Row
from backend.core.http.pagination import PagedList, on_page
from backend.core.odd_rows.unreadable import note_unreadable
from backend.core.settings import load_settings
from backend.records.filing import rendering
from backend.records.reading.reading import BODY
from backend.records.reading.timeline_views import TimelineKind

EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2200, 1, 1)


async def timeline(
    caller: Caller,
    chart: UUID | None,
    page: tuple[int, str | None],
    kinds: Sequence[TimelineKind],
    days: tuple[date | None, date | None],
) -> bytes:
    """Read a page of the timeline, up to now.

    Args:
        caller: who asks.
        chart: of which; of every one that the session reaches for None.
        page: how much, and the cursor.
        kinds: only these; all of them for none.
        days: the first and the last local day.
    """
    limit, cursor = page
    pages = PagedList("timeline", caller.session, chart)
    before = pages.time_in(cursor)
    zone = ZoneInfo(load_settings().timezone)
    gate, *rows = await read_page_of(
        "timeline", caller, chart, RecordClass.TIMELINE, *before, limit + 1,
        [str(kind) for kind in kinds] or None, *_moments(days, zone),
    )  # fmt: skip
    shown = on_page(rows, limit)
    items = [_item(row, zone) for row in shown if row["body"] is not None]
    for row in shown:
        if row["body"] is None:
            note_unreadable(row["kind"], BODY, row=row["id"])
    following = None
    if len(rows) > len(shown):
        following = pages.time_cursor(shown[-1]["place"], shown[-1]["id"])
    return rendering.page(
        ",".join(items).encode(), following, len(shown) - len(items), gate["weak"]
    )


def _moments(
    days: tuple[date | None, date | None], zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """Give the moment the first day begins, and the one at which the last is over."""
    first, last = days
    until = None if last is None else min(last, LATEST) + timedelta(days=1)
    return (
        None if first is None else _begin_of(first, zone),
        None if until is None else _begin_of(until, zone),
    )


def _begin_of(day: date, zone: ZoneInfo) -> datetime:
    """Before and after what anybody's record can hold, a day is not looked at more closely."""
    return datetime.combine(min(max(day, EARLIEST), LATEST), time(), zone)


def _item(row: Row, zone: ZoneInfo) -> str:
    at = row["at"].astimezone(zone).isoformat()
    return f'{{"kind":"{row["kind"]}","id":"{row["id"]}","at":"{at}","record":{row["body"]}}}'
