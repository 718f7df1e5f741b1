"""The timeline: all that has happened to a patient, whatever hospital says it, newest first."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from backend.auth.gate import Caller, read_page_of
from backend.auth.rules import RecordClass
from backend.database import Row
from backend.paging import time_from_cursor
from backend.records import documents
from backend.records.kind_views import (
    AllergyView,
    ConditionView,
    DocumentView,
    ImagingView,
    ImmunisationView,
    OrderView,
    ProcedureView,
    StatementView,
    VisitView,
)
from backend.records.reading import next_cursor
from backend.records.views import AppointmentView, MedicineView, ObservationView, ResultHeader
from backend.settings import load_settings


class TimelineKind(StrEnum):
    """What can stand in a timeline."""

    VISIT = "visit"
    RESULT = "result"
    OBSERVATION = "observation"
    APPOINTMENT = "appointment"
    MEDICINE = "medicine"
    MEDICATION_STATEMENT = "medication_statement"
    CONDITION = "condition"
    ALLERGY = "allergy"
    IMMUNISATION = "immunisation"
    PROCEDURE = "procedure"
    IMAGING_STUDY = "imaging_study"
    SERVICE_REQUEST = "service_request"
    DOCUMENT = "document"


class TimelineItem(Struct, frozen=True, rename="camel", kw_only=True):
    kind: TimelineKind
    id: UUID
    at: datetime
    """When it happened; where its sender does not say, when it came in."""
    record: (
        VisitView | ResultHeader | ObservationView | AppointmentView | MedicineView
        | StatementView | ConditionView | AllergyView | ImmunisationView | ProcedureView
        | ImagingView | OrderView | DocumentView
    )  # fmt: skip
    """As the list of its kind has it; `kind` says which of these it is."""


class TimelinePage(Struct, frozen=True, rename="camel", kw_only=True):
    items: list[TimelineItem]
    next_cursor: str | None


EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2200, 1, 1)


async def timeline(
    caller: Caller,
    patient: UUID | None,
    page: tuple[int, str | None],
    kinds: Sequence[TimelineKind],
    days: tuple[date | None, date | None],
) -> bytes:
    """Read a page of what has happened, up to now.

    Args:
        caller: who asks.
        patient: whose, the caller's own for None.
        page: how much, and the cursor.
        kinds: only these; all of them for none.
        days: the first and the last local day.
    """
    limit, cursor = page
    before = time_from_cursor(cursor) or (None, None)
    zone = ZoneInfo(load_settings().timezone)
    rows = await read_page_of(
        "timeline", caller, patient, RecordClass.TIMELINE, *before, limit + 1,
        [str(each) for each in kinds] or None, *_moments(days, zone),
    )  # fmt: skip
    shown = rows[:limit]
    return documents.page(
        [_item(row, zone) for row in shown], next_cursor(shown, more=len(rows) > limit)
    )


def _moments(
    days: tuple[date | None, date | None], zone: ZoneInfo
) -> tuple[datetime | None, datetime | None]:
    """Give the moment the first day begins, and the one at which the last is over."""
    first, last = days
    return (
        first and _begin_of(first, zone),
        last and _begin_of(min(last, LATEST) + timedelta(days=1), zone),
    )


def _begin_of(day: date, zone: ZoneInfo) -> datetime:
    """Before and after what anybody's record can hold, a day is not looked at more closely."""
    return datetime.combine(min(max(day, EARLIEST), LATEST), time(), zone)


def _item(row: Row, zone: ZoneInfo) -> str:
    at = row["at"].astimezone(zone).isoformat()
    return f'{{"kind":"{row["kind"]}","id":"{row["id"]}","at":"{at}","record":{row["body"]}}}'
