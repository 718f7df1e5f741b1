"""Reads the records of one patient. Every query takes the patient first.

Row-level security is the second lock: a page opens the record itself, in the one statement that
reads it; the others run inside `reading_as`. All read as `hub_patient`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.json import Decoder

from backend.auth.access.gate import Caller, read_page_of
from backend.auth.rules import RecordClass
from backend.core.clock import now
from backend.core.database import Row, fetch_value
from backend.core.errors import NotFound
from backend.core.http.pagination import time_cursor_of, time_from_cursor
from backend.core.settings import load_settings
from backend.records.filing import rendering
from backend.records.kinds import Kind
from backend.records.rules import OVER
from backend.records.views.kind_views import AllergyKnowledge, NoneKnownOf


async def list_records(
    kind: Kind, caller: Caller, patient: UUID | None, limit: int, cursor: str | None
) -> bytes:
    """List records of one kind, the newest first; future ones with the farthest first."""
    before = time_from_cursor(cursor) or (None, None)
    (page,) = await read_page_of(kind.table, caller, patient, class_of(kind), *before, limit + 1)
    return rendering.page(page["body"], _following(page))


async def read_record(kind: Kind, patient: UUID, row: UUID) -> bytes:
    """Read one record, inside `reading_as`.

    Raises:
        NotFound: there is none, or it is not open to whoever reads.
    """
    text = await fetch_value(
        f"SELECT body FROM {kind.table} WHERE patient = $1 AND id = $2 AND NOT hidden",
        patient, row,
    )  # fmt: skip
    if text is None:
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
    caller: Caller, patient: UUID | None, limit: int, cursor: str | None
) -> bytes:
    """List open appointments from today on, the soonest first."""
    after = time_from_cursor(cursor) or (today_begins(), UUID(int=0))
    return await _appointments("next", caller, patient, limit, after)


async def past_appointments(
    caller: Caller, patient: UUID | None, limit: int, cursor: str | None
) -> bytes:
    """List appointments of earlier days and those over today, the latest first."""
    before = time_from_cursor(cursor) or (now(), UUID(int=0))
    return await _appointments("past", caller, patient, limit, before)


async def _appointments(
    when: str, caller: Caller, patient: UUID | None, limit: int, at: tuple[datetime, UUID]
) -> bytes:
    rows = await read_page_of(
        f"{when}_appointment", caller, patient, RecordClass.APPOINTMENTS, *at, limit + 1,
        sorted(OVER), today_begins(),
    )  # fmt: skip
    shown = rows[:limit]
    bodies = ",".join(row["body"] for row in shown)
    return rendering.page(bodies.encode(), next_cursor(shown, more=len(rows) > limit))


async def allergies(caller: Caller, patient: UUID | None, limit: int, cursor: str | None) -> bytes:
    """List allergies, and say what the list means: an empty list does not mean none."""
    before = time_from_cursor(cursor) or (None, None)
    (page,) = await read_page_of(
        "allergy", caller, patient, RecordClass.ALLERGIES, *before, limit + 1
    )
    following = _following(page)
    whole = cursor is None and following is None
    known = known_of(_ASKED.decode(b"[%s]" % page["body"])) if whole else AllergyKnowledge.LISTED
    return rendering.page(page["body"], following, known=known)


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


def _following(page: Row) -> str | None:
    return None if page["id"] is None else time_cursor_of(page["at"], page["id"])


def next_cursor(shown: Sequence[Row], *, more: bool) -> str | None:
    """Give the cursor of the next page, if there is one."""
    at: datetime
    if not more:
        return None
    at, row = shown[-1]["at"], shown[-1]["id"]
    return time_cursor_of(at, row)
