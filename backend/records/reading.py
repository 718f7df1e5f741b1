"""Reads what is kept of one patient. The patient is always the first thing a query asks for.

Row-level security is the second lock: these run inside `reading_as`, as `hub_patient`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.clock import now
from backend.database import Row, fetch, fetch_value
from backend.errors import Fault, HubError, NotFound
from backend.paging import time_cursor_of, time_from_cursor
from backend.records import documents
from backend.records.rules import DoseRule, slots
from backend.records.views import WRITER, AsWrittenView, DoseView, ScheduleView
from backend.settings import load_settings

LONGEST_SCHEDULE = 31


class ScheduleTooLong(HubError):
    """A schedule covers one to thirty-one days, the first before the last."""

    code = "schedule_range"
    status = 422


async def results(patient: UUID, limit: int, cursor: str | None) -> bytes:
    return await _page("result", "header", "happened_at", patient, limit, cursor)


async def result(patient: UUID, row: UUID) -> bytes:
    return await _one("result", patient, row)


async def observations(patient: UUID, like: UUID | None, limit: int, cursor: str | None) -> bytes:
    """List what was measured, all or what has the code of one, whether a report shows it or not."""
    return await _page("observation", "document", "happened_at", patient, limit, cursor, like)


async def appointments(patient: UUID, limit: int, cursor: str | None) -> bytes:
    """List them the latest first, those to come before those that were."""
    return await _page("appointment", "document", "starts_at", patient, limit, cursor)


async def appointment(patient: UUID, row: UUID) -> bytes:
    return await _one("appointment", patient, row)


async def medicines(patient: UUID, limit: int, cursor: str | None) -> bytes:
    return await _page("medicine", "document", "happened_at", patient, limit, cursor)


Shown = Literal["visit", "condition", "allergy", "immunisation"]
"""The tables of records that are shown as they are."""


async def kept(table: Shown, patient: UUID, limit: int, cursor: str | None) -> bytes:
    return await _page(table, "document", "happened_at", patient, limit, cursor)


async def one_kept(table: Shown, patient: UUID, row: UUID) -> bytes:
    return await _one(table, patient, row)


async def schedule(patient: UUID, first: date | None, last: date | None) -> bytes:
    """List the doses of some local days, today if none are named.

    Raises:
        ScheduleTooLong: more days than anybody plans ahead, or none.
    """
    zone = ZoneInfo(load_settings().timezone)
    first = first or (last or now().astimezone(zone).date())
    last = last or first
    if not 0 <= (last - first).days < LONGEST_SCHEDULE:
        raise ScheduleTooLong(faults=[Fault("to", "is not within 31 days from `from`")])
    rows = await _active_medicines(patient)
    view = ScheduleView(
        items=sorted(
            (dose for row in rows if row["times_a_day"] for dose in _doses(row, first, last, zone)),
            key=lambda dose: (dose.at, dose.medicine),
        ),
        as_written=[
            AsWrittenView(medicine_id=row["id"], medicine=row["name"], dosage=row["dosage"])
            for row in rows
            if not row["times_a_day"]
        ],
    )
    return WRITER.encode(view)


async def _active_medicines(patient: UUID) -> list[Row]:
    return list(
        await fetch(
            "SELECT m.id, m.document::json->>'name' AS name, m.document::json->>'dosage' AS dosage,"
            " d.times_a_day, d.every_days, d.amount, d.first_day, d.last_day"
            " FROM medicine m LEFT JOIN dose_rule d ON d.medicine = m.id AND d.patient = $1"
            " WHERE m.patient = $1 AND m.status = 'active' AND NOT m.hidden ORDER BY m.id",
            patient,
        )
    )


def _doses(row: Row, first: date, last: date, zone: ZoneInfo) -> list[DoseView]:
    rule = DoseRule(
        times_a_day=row["times_a_day"],
        every_days=row["every_days"],
        amount=row["amount"],
        first_day=row["first_day"],
        last_day=row["last_day"],
    )
    return [
        DoseView(
            date=slot.day,
            time=slot.hour,
            at=slot.at,
            medicine_id=row["id"],
            medicine=row["name"],
            amount=rule.amount,
            dosage=row["dosage"],
        )
        for slot in slots(rule, first, last, zone)
    ]


_LIKE: Final = (
    " AND (id = $5 OR code = (SELECT nullif(o.code, '') FROM observation o"
    " WHERE o.id = $5 AND o.patient = $1))"
)
"""What was measured under the code of one; a code itself would tell, in an address, what it is."""


async def _page(
    table: str, column: str, order: str, patient: UUID, limit: int, cursor: str | None,
    like: UUID | None = None,
) -> bytes:  # fmt: skip
    after = time_from_cursor(cursor)
    only, meant = ("", []) if like is None else (_LIKE, [like])
    rows = await fetch(
        f"SELECT id, {order} AS at, {column} AS text FROM {table} WHERE patient = $1"
        f" AND NOT hidden AND ($2::timestamptz IS NULL OR ({order}, id) < ($2, $3)){only}"
        f" ORDER BY {order} DESC, id DESC LIMIT $4",
        patient, *(after or (None, None)), limit + 1, *meant,
    )  # fmt: skip
    shown = rows[:limit]
    return documents.page([row["text"] for row in shown], _next(shown, more=len(rows) > limit))


def _next(shown: Sequence[Row], *, more: bool) -> str | None:
    at: datetime
    if not more:
        return None
    at, row = shown[-1]["at"], shown[-1]["id"]
    return time_cursor_of(at, row)


async def _one(table: str, patient: UUID, row: UUID) -> bytes:
    text = await fetch_value(
        f"SELECT document FROM {table} WHERE patient = $1 AND id = $2 AND NOT hidden", patient, row
    )
    if text is None:
        raise NotFound
    return str(text).encode()
