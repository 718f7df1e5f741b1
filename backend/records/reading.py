"""Reads what is kept of one patient. The patient is always the first thing a query asks for.

Row-level security is the second lock: a page opens the record itself, in the one statement that
reads it; the others run inside `reading_as`. All read as `hub_patient`.
"""

from typing import Final, Literal
from uuid import UUID

from backend.auth.gate import Caller, read_page_of
from backend.auth.rules import RecordClass
from backend.database import fetch, fetch_value
from backend.errors import NotFound
from backend.paging import time_cursor_of, time_from_cursor
from backend.records import documents


async def results(caller: Caller, patient: UUID | None, limit: int, cursor: str | None) -> bytes:
    return await _page("result", RecordClass.RESULTS, caller, patient, limit, cursor)


async def result(patient: UUID, row: UUID) -> bytes:
    return await _one("result", patient, row)


_LIKE: Final = (
    " AND (id = $5 OR code = (SELECT nullif(o.code, '') FROM observation o"
    " WHERE o.id = $5 AND o.patient = $1))"
)
"""What was measured under the code of one; a code itself would tell, in an address, what it is."""


async def observations(
    caller: Caller, patient: UUID | None, limit: int, cursor: str | None
) -> bytes:
    """List what was measured, whether a report shows it or not."""
    return await _page("observation", RecordClass.RESULTS, caller, patient, limit, cursor)


async def like(patient: UUID, one: UUID, limit: int, cursor: str | None) -> bytes:
    """List what was measured under the code of one."""
    after = time_from_cursor(cursor)
    rows = await fetch(
        "SELECT id, happened_at AS at, document AS body FROM observation WHERE patient = $1"
        f" AND NOT hidden AND ($2::timestamptz IS NULL OR (happened_at, id) < ($2, $3)){_LIKE}"
        " ORDER BY happened_at DESC, id DESC LIMIT $4",
        patient, *(after or (None, None)), limit + 1, one,
    )  # fmt: skip
    shown = rows[:limit]
    more = len(rows) > limit
    following = time_cursor_of(shown[-1]["at"], shown[-1]["id"]) if more else None
    return documents.page(",".join(row["body"] for row in shown).encode(), following)


async def appointments(
    caller: Caller, patient: UUID | None, limit: int, cursor: str | None
) -> bytes:
    """List them the latest first, those to come before those that were."""
    return await _page("appointment", RecordClass.APPOINTMENTS, caller, patient, limit, cursor)


async def appointment(patient: UUID, row: UUID) -> bytes:
    return await _one("appointment", patient, row)


async def medicines(caller: Caller, patient: UUID | None, limit: int, cursor: str | None) -> bytes:
    return await _page("medicine", RecordClass.MEDICINES, caller, patient, limit, cursor)


Shown = Literal["visit", "condition", "allergy", "immunisation", "document"]
"""The tables of records that are shown as they are."""
CLASSES: Final[dict[Shown, RecordClass]] = {
    "visit": RecordClass.VISITS,
    "condition": RecordClass.CONDITIONS,
    "allergy": RecordClass.ALLERGIES,
    "immunisation": RecordClass.IMMUNISATIONS,
    "document": RecordClass.DOCUMENTS,
}


async def kept(
    table: Shown, caller: Caller, patient: UUID | None, limit: int, cursor: str | None
) -> bytes:
    return await _page(table, CLASSES[table], caller, patient, limit, cursor)


async def one_kept(table: Shown, patient: UUID, row: UUID) -> bytes:
    return await _one(table, patient, row)


async def _page(
    table: str,
    what: RecordClass,
    caller: Caller,
    patient: UUID | None,
    limit: int,
    cursor: str | None,
) -> bytes:
    before = time_from_cursor(cursor) or (None, None)
    (page,) = await read_page_of(table, caller, patient, what, *before, limit + 1)
    following = None if page["id"] is None else time_cursor_of(page["at"], page["id"])
    return documents.page(page["body"], following)


async def _one(table: str, patient: UUID, row: UUID) -> bytes:
    text = await fetch_value(
        f"SELECT document FROM {table} WHERE patient = $1 AND id = $2 AND NOT hidden", patient, row
    )
    if text is None:
        raise NotFound
    return str(text).encode()
