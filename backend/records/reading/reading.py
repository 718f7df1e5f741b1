"""Reads the records of the charts that a session reaches. Every query takes the charts first.

Row-level security is the second lock: a page opens the record itself, in the one statement that
reads it; the others run inside `reading_as`. All read as `hub_patient`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from backend.auth.access.gate import Caller, read_page_of
from backend.auth.rules import RecordClass
from backend.core.clock import now
from backend.core.database import Row, fetch_value
from backend.core.errors import NotFound
from backend.core.http.pagination import PagedList, on_page
from backend.core.odd_rows.unreadable import note_unreadable
from backend.core.settings import load_settings
from backend.records.filing import rendering
from backend.records.kinds import Kind
from backend.records.rules import OVER
from backend.records.views.kind_views import AllergyKnowledge, NoneKnownOf

BODY: Final = "body"
"""The column that a list shows; a result's `header` counts as the same."""


async def list_records(
    kind: Kind, caller: Caller, chart: UUID | None, limit: int, cursor: str | None
) -> bytes:
    """List records of one kind, the newest first; future ones with the farthest first."""
    pages = PagedList(kind.table, caller.session, chart)
    before = pages.time_in(cursor)
    (page,) = await read_page_of(kind.table, caller, chart, class_of(kind), *before, limit + 1)
    left_out = _left_out(kind.table, page)
    return rendering.page(page["body"], _following(pages, page), left_out, page["weak"])


async def read_record(kind: Kind, charts: Sequence[UUID], row: UUID) -> bytes:
    """Read one record, inside `reading_as`.

    Raises:
        NotFound: there is none, it is not open to whoever reads, or it cannot be read.
    """
    text = await fetch_value(
        f"SELECT CASE WHEN readable THEN body ELSE '' END FROM {kind.table}"
        " WHERE patient = ANY ($1) AND id = $2 AND NOT hidden",
        charts, row,
    )  # fmt: skip
    if text == "":
        note_unreadable(kind.table, BODY)
    if not text:
        raise NotFound
    return str(text).encode()


def class_of(kind: Kind) -> RecordClass:
    """Give the record class that opens a kind."""
    assert kind.record_class, "only kinds with a record class are listed"
    return kind.record_class


def today_begins() -> datetime:
    """Give the first instant of the local day: an appointment of this morning is still listed."""
    local = now().astimezone(ZoneInfo(load_settings().timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


async def next_appointments(
    caller: Caller, chart: UUID | None, limit: int, cursor: str | None
) -> bytes:
    """List open appointments from today on, the soonest first."""
    pages = PagedList("appointment/next", caller.session, chart)
    at, row = pages.time_in(cursor)
    after = at or today_begins().isoformat(), row or UUID(int=0)
    return await _appointments("next", caller, chart, limit, pages, after)


async def past_appointments(
    caller: Caller, chart: UUID | None, limit: int, cursor: str | None
) -> bytes:
    """List appointments of earlier days and those over today, the latest first."""
    pages = PagedList("appointment/past", caller.session, chart)
    at, row = pages.time_in(cursor)
    before = at or now().isoformat(), row or UUID(int=0)
    return await _appointments("past", caller, chart, limit, pages, before)


async def _appointments(
    when: str,
    caller: Caller,
    chart: UUID | None,
    limit: int,
    pages: PagedList,
    at: tuple[str, UUID],
) -> bytes:
    gate, *rows = await read_page_of(
        f"{when}_appointment", caller, chart, RecordClass.APPOINTMENTS, *at, limit + 1,
        sorted(OVER), today_begins(),
    )  # fmt: skip
    shown = on_page(rows, limit)
    bodies = [row["body"] for row in shown if row["body"] is not None]
    following = None
    if len(rows) > len(shown):
        following = pages.time_cursor(shown[-1]["at"], shown[-1]["id"])
    missing = len(shown) - len(bodies)
    if missing:
        note_unreadable("appointment", BODY, missing)
    return rendering.page(",".join(bodies).encode(), following, missing, gate["weak"])


async def allergies(caller: Caller, chart: UUID | None, limit: int, cursor: str | None) -> bytes:
    """List allergies, and say what the list means: an empty list does not mean none."""
    pages = PagedList("allergy", caller.session, chart)
    before = pages.time_in(cursor)
    (page,) = await read_page_of(
        "allergy", caller, chart, RecordClass.ALLERGIES, *before, limit + 1
    )
    following, left_out = _following(pages, page), _left_out("allergy", page)
    whole = cursor is None and following is None and not left_out and not page["weak"]
    known = _known_of(page["body"]) if whole else AllergyKnowledge.LISTED
    return rendering.page(page["body"], following, left_out, page["weak"], known=known)


def _known_of(bodies: bytes) -> AllergyKnowledge:
    """Say what all of them mean. What cannot be read may be an allergy: then it is not «none»."""
    try:
        return known_of(_ASKED.decode(b"[%s]" % bodies))
    except DecodeError:
        note_unreadable("allergy", BODY)
        return AllergyKnowledge.LISTED


class _Asked(Struct, rename="camel"):
    none_known_of: NoneKnownOf | None = None
    none_known: bool = False


_ASKED: Final = Decoder(list[_Asked])


def known_of(all_of_them: Sequence[_Asked]) -> AllergyKnowledge:
    """Say what is known about allergies; «none» only if a person asked about all and found none."""
    if not all_of_them:
        return AllergyKnowledge.NOT_ASKED
    asked = {statement.none_known_of for statement in all_of_them}
    none = all(statement.none_known for statement in all_of_them) and NoneKnownOf.ANYTHING in asked
    return AllergyKnowledge.NONE_KNOWN if none else AllergyKnowledge.LISTED


def _following(pages: PagedList, page: Row) -> str | None:
    return None if page["id"] is None else pages.time_cursor(page["at"], page["id"])


def _left_out(table: str, page: Row) -> int:
    """Give how many records of the page could not be read, and say so to who operates the hub."""
    missing: int = page["left_out"] or 0
    if missing:
        note_unreadable(table, BODY, missing)
    return missing
