"""Lists the doses of some days, at the patient's hours and with the patient's notes.

Two round trips behind the gate: plans with the hours that count, and notes.
"""

from asyncio import sleep
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from msgspec import UNSET, DecodeError
from msgspec.json import Decoder

from backend.auth.access.gate import Reader
from backend.core.clock import now
from backend.core.database import Row, fetch
from backend.core.errors import HubError, Issue
from backend.core.i18n import LocalText
from backend.core.odd_rows.unreadable import note_unreadable
from backend.core.settings import load_settings
from backend.records.dosage.dosing import DAY, Dose, Hours, InForce, doses, read_plan
from backend.records.rules import FULL_PAGE
from backend.records.views.dose_views import (
    AsWrittenView,
    DoseNoteView,
    DoseState,
    DoseView,
    ScheduleView,
)
from backend.records.views.record_views import WRITER
from backend.records.wording.order_force import OrderForce

LONGEST_SCHEDULE: Final = 31
YEARS: Final = range(1900, 2200)
UNREADABLE_PLAN: Final = (DecodeError, LookupError, ValueError, ArithmeticError, OSError)
"""Raised by a stored plan that is no plan: by its JSON, its zone, its days, its numbers."""
_STATES: Final = frozenset(DoseState)
_WORDS: Final = Decoder(LocalText)


class ScheduleTooLong(HubError):
    """A schedule covers one to thirty-one days, the first before the last."""

    code = "schedule_range"
    status = 422


class UnknownZone(HubError):
    """There is no time zone of this name. Names are like `Asia/Ho_Chi_Minh`."""

    code = "unknown_zone"
    status = 422


ROOM: Final = 2 * FULL_PAGE
"""Bytes of all doses of a schedule: some four thousand."""
_BYTES_OF_DOSE: Final = 400
"""Of one in JSON, beside the words of its medicine."""
_FITS: Final = f"sum(octet_length(m.body)) OVER shorter <= {FULL_PAGE}"
PLANS: Final = (
    f"SELECT m.id, m.readable, {_FITS} AS fits, octet_length(m.body) AS bytes,"
    f" CASE WHEN m.readable AND {_FITS} THEN m.body::json->>'name' END AS name,"
    f" CASE WHEN m.readable AND {_FITS} THEN m.body::json->>'dosage' END AS dosage,"
    f" CASE WHEN m.readable AND {_FITS} THEN m.body::json->>'dosageInWords' END AS in_words,"
    " m.force, m.status, m.replaced_from, r.id AS rule, r.plan, r.since, r.until,"
    " coalesce(o.morning, f.morning) AS morning, coalesce(o.noon, f.noon) AS noon,"
    " coalesce(o.afternoon, f.afternoon) AS afternoon,"
    " coalesce(o.evening, f.evening) AS evening"
    " FROM medicine m"
    " LEFT JOIN dose_rule r ON r.medicine = m.id AND r.patient = m.patient"
    " LEFT JOIN facility_dose_hours f ON f.facility = m.facility"
    " LEFT JOIN patient_dose_hours o ON o.patient = m.patient"
    " WHERE m.patient = ANY ($1) AND NOT m.hidden AND ($4::uuid IS NULL OR m.id = $4)"
    " AND (m.status = 'active' OR (r.first_day <= $3 AND coalesce(r.last_day >= $2, true)))"
    " WINDOW shorter AS (ORDER BY octet_length(m.body), m.id, r.id)"
    " ORDER BY m.id, r.id"
)
"""Everything that is prescribed, and while what, with the hours that count for it."""
NOTES: Final = (
    "SELECT medicine, dose, state, taken_at FROM dose_note"
    " WHERE patient = ANY ($1) AND day BETWEEN $2 AND $3"
)


async def schedule(
    reader: Reader, first: date | None, last: date | None, zone: str | None
) -> bytes:
    """List the doses of some local days; of today if none are given.

    Args:
        reader: the charts that are open.
        first: the first day.
        last: the last one.
        zone: where the patient is, if not at home: doses by the clock are at its hours there.

    Raises:
        ScheduleTooLong: more days than anybody plans ahead, or none.
        UnknownZone: no such zone.
    """
    first, last = _days(first, last, ZoneInfo(_known(zone) or load_settings().timezone))
    kept = await plans_of(reader.charts, first - DAY, last + DAY)
    readable = [row for row in kept if row["readable"]]
    unread = len({row["id"] for row in kept if not row["readable"]})
    if unread:
        note_unreadable("medicine", "body", unread)
    notes = await _notes(reader.charts, first - DAY, last + DAY)
    at = now()
    planned, too_long = await _planned(readable, first, last, zone)
    rows = [row for row in readable if row["id"] not in too_long]
    found = list[DoseView]()
    for row in rows:
        found += [_dose(dose, row, notes) for dose in planned.get(row["rule"]) or ()]
        await sleep(0)
    certain = frozenset(rule for rule, its_doses in planned.items() if its_doses is not None)
    view = ScheduleView(
        items=sorted(found, key=lambda dose_view: (dose_view.at, dose_view.id)),
        as_written=list(_as_written(rows, certain, at)),
        left_out=unread + len(too_long),
        stronger_sign_in_needed=reader.weak or UNSET,
    )
    return WRITER.encode(view)


async def _planned(
    rows: Iterable[Row], first: date, last: date, zone: str | None
) -> tuple[dict[UUID, list[Dose] | None], set[UUID]]:
    """List the doses of each plan, and name the medicines for which there is no room.

    Those with the longest words come last, so that one that is too long takes no other away. After
    each, whoever waits for this process has a turn.
    """
    planned, room = dict[UUID, list[Dose] | None](), ROOM
    too_long = {row["id"] for row in rows if not row["fits"]}
    for row in sorted(rows, key=lambda row: (row["bytes"], row["id"])):
        if not row["plan"] or not row["name"] or row["id"] in too_long:
            continue  # nobody is reminded of a medicine without a name
        said = f"{row['name']}{row['dosage'] or ''}{row['in_words'] or ''}"
        size = _BYTES_OF_DOSE + len(said.encode())
        its_doses = _doses(row, first, last, zone, room // size + 1)
        planned[row["rule"]] = its_doses
        await sleep(0)
        room -= size * len(its_doses or ())
        if room < 0:
            too_long.add(row["id"])
            room += size * len(its_doses or ())
    return planned, too_long


def _doses(row: Row, first: date, last: date, zone: str | None, most: int) -> list[Dose] | None:
    """List the doses of a stored plan, so many at most; None for one that cannot be read.

    Its medicine is then shown as it is written, as is each that has no certain plan.
    """
    try:
        return list(islice(doses(in_force(row), first, last, hours_of(row), zone), most))
    except UNREADABLE_PLAN:
        note_unreadable("dose_rule", "plan")
        return None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _known(zone: str | None) -> str | None:
    if zone is not None and zone not in _zones():
        raise UnknownZone(faults=[Issue("zone", "is not the name of a time zone")])
    return zone


def _days(first: date | None, last: date | None, zone: ZoneInfo) -> tuple[date, date]:
    first = first or (last or now().astimezone(zone).date())
    last = last or first
    if not 0 <= (last - first).days < LONGEST_SCHEDULE:
        raise ScheduleTooLong(faults=[Issue("to", "is not within 31 days from `from`")])
    if first.year not in YEARS or last.year not in YEARS:
        raise ScheduleTooLong(faults=[Issue("from", "is not in a year of anybody's life")])
    return first, last


async def plans_of(
    charts: Sequence[UUID], first: date, last: date, medicine: UUID | None = None
) -> list[Row]:
    """Read the plans that are or were in force on some days."""
    return list(await fetch(PLANS, charts, first, last, medicine))


async def plans_between(
    patient: UUID, first: date, last: date, medicine: UUID | None = None
) -> list[Row]:
    """Read the plans of one chart that are or were in force on some days."""
    return await plans_of([patient], first, last, medicine)


def in_force(row: Row) -> InForce:
    ends = [end for end in (row["until"], row["replaced_from"]) if end is not None]
    return InForce(read_plan(row["plan"]), row["since"], min(ends, default=None))


def hours_of(row: Row) -> Hours:
    """Give the patient's own hours, else the facility's, else the usual ones."""
    if row["morning"] is None:
        return Hours()
    return Hours(row["morning"], row["noon"], row["afternoon"], row["evening"])


async def _notes(
    charts: Sequence[UUID], first: date, last: date
) -> dict[tuple[UUID, str], DoseNoteView]:
    rows = await fetch(NOTES, charts, first, last)
    known = [row for row in rows if row["state"] in _STATES]
    if len(known) < len(rows):
        note_unreadable("dose_note", "state", len(rows) - len(known))
    return {
        (row["medicine"], row["dose"]): DoseNoteView(
            state=DoseState(row["state"]), at=row["taken_at"]
        )
        for row in known
    }


def _dose(dose: Dose, row: Row, notes: dict[tuple[UUID, str], DoseNoteView]) -> DoseView:
    return DoseView(
        id=dose_id(row["id"], dose.name),
        kind=dose.kind,
        date=dose.day,
        time=dose.hour,
        zone=dose.zone,
        at=dose.at,
        part=dose.part,
        meal=dose.meal,
        medicine_id=row["id"],
        medicine=row["name"],
        amount=dose.amount,
        dosage=row["dosage"],
        dosage_in_words=_in_words(row),
        note=notes.get((row["id"], dose.name)),
    )


def dose_id(medicine: UUID, name: str) -> str:
    return f"{medicine}.{name}"


def _in_words(row: Row) -> LocalText | None:
    """Read the words of a dosage in both languages; a row from before has none."""
    said = row["in_words"]
    try:
        return _WORDS.decode(said) if said else None
    except DecodeError:
        note_unreadable("medicine", "body")
        return None


def _as_written(
    rows: Iterable[Row], certain: frozenset[UUID], at: datetime
) -> Iterable[AsWrittenView]:
    """Give what is prescribed now and has no certain plan that is said now."""
    active = {
        row["id"]: row
        for row in rows
        if row["status"] == "active" and row["force"] == OrderForce.ORDER
    }
    planned = {row["id"] for row in rows if row["rule"] in certain and row["until"] is None}
    for medicine, row in active.items():
        over = row["replaced_from"] is not None and row["replaced_from"] <= at
        if medicine not in planned and not over:
            yield AsWrittenView(
                medicine_id=medicine,
                medicine=row["name"],
                dosage=row["dosage"],
                dosage_in_words=_in_words(row),
            )
