"""Reads the period in which a medicine is taken."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from backend.intake.fhir.model.datatypes import Resource, day, home, instant
from backend.records.dosage.dosing import DAY
from backend.records.dosage.timing import Course

_WHOLE: Final = frozenset(Decimal(n) for n in range(1, 1000))
_UNITS: Final = {"h": timedelta(hours=1), "d": DAY, "wk": 7 * DAY}


def course_of(repeat: Resource, request: Resource, *, several: bool = False) -> Course | None:
    """Give the period of one timing; None if its bounds are not understood.

    Args:
        repeat: the timing; its bounds come first.
        request: says when it was written, and for how long was handed out.
        several: it is one of several, so that what was handed out says nothing of it.
    """
    bounds: Resource = repeat.get("boundsPeriod", {})
    begins = bounds.get("start")
    first = day(begins or request.get("authoredOn"), home())
    if first is None:
        return None
    course = Course(
        zone=home().key,
        first_day=first,
        as_written=begins is not None,
        first=instant(begins) if begins is not None and "T" in begins else None,
    )
    if bounds:
        return _until(bounds.get("end"), course)
    if "boundsDuration" in repeat:
        lasts = length_of(repeat["boundsDuration"])
        return _lasting(lasts, course) if lasts else None
    supply = length_of(request.get("dispenseRequest", {}).get("expectedSupplyDuration"))
    return course if several or supply is None else _lasting(supply, course)


def length_of(duration: Resource | None) -> timedelta | None:
    """Give the length of a duration in whole hours, days or weeks, else None."""
    if duration is None or "comparator" in duration or duration.get("value") not in _WHOLE:
        return None
    unit = _UNITS.get(str(duration.get("code", duration.get("unit", ""))))
    return unit and int(duration["value"]) * unit


def starts_at(request: Resource) -> datetime | None:
    """Give the instant from which a prescription replaces the one before it."""
    bounds = [
        dosage.get("timing", {}).get("repeat", {}).get("boundsPeriod", {}).get("start")
        for dosage in request.get("dosageInstruction", [])
    ]
    said = [moment for moment in map(instant, bounds) if moment]
    return min(said, default=None) or instant(request.get("authoredOn"))


def _until(end: str | None, course: Course) -> Course | None:
    """Let the end be part of it, as FHIR says of a Period."""
    if end is None:
        return course
    last, moment = day(end, home()), instant(end)
    if last is None or moment is None:
        return None
    if "T" not in end:
        return replace(course, last_day=last)
    return replace(course, last_day=last, ends=moment + timedelta(minutes=1))


def _lasting(length: timedelta, course: Course) -> Course | None:
    """Count days on the calendar, and from a moment on the hours between."""
    days, rest = divmod(length, DAY)
    if course.first is not None:
        return replace(course, lasts=length, last_day=None if rest else _last(course, days))
    return None if rest else replace(course, last_day=_last(course, days))


def _last(course: Course, days: int) -> date:
    return course.first_day + timedelta(days=days - 1)
