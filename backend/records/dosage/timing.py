"""Makes a dose rule from a structured timing that has exactly one meaning: pure rules.

What is not certain is shown in the doctor's words and alarms nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from msgspec.structs import replace

from backend.records.dosage.dosing import (
    DAY,
    PARTS,
    DayPart,
    DoseAmount,
    Interval,
    Meal,
    Plan,
    Rule,
    WallClock,
    instant,
)
from backend.records.dosage.free_text import ReadWords

_DAYS_APART: Final = frozenset(Decimal(n) for n in range(1, 91))
_HOURS_APART: Final = frozenset(Decimal(n) for n in range(1, 169))
_HOURS_A_DAY: Final = 24
_DAYS: Final = {"d": 1, "wk": 7}


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The period of a course, in the zone in which it was written."""

    zone: str
    first_day: date
    as_written: bool = False
    """The sender said which day is the first; without it every second day could be any day."""
    first: datetime | None = None
    """The first moment, where the sender said it to the minute."""
    last_day: date | None = None
    ends: datetime | None = None
    """No dose from this instant on, where the sender said it to the minute."""
    lasts: timedelta | None = None
    """How long it lasts, where that is said instead of an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The parts of a FHIR timing that the hub understands: frequency, period and times."""

    course: Course
    frequency: int | None = None
    period: Decimal = Decimal(1)
    period_unit: str = "d"
    parts: tuple[tuple[DayPart, Meal | None], ...] = ()
    hours: tuple[time, ...] = ()
    weekdays: tuple[int, ...] = ()
    amount: str = ""


def rule_of(timing: Timing, words: ReadWords) -> Rule | None:
    """Give the rule of a timing, checked against the doctor's words, or none.

    Hours are elapsed time and need a first moment; eight hours apart is not morning, noon and
    evening. Days are days of the calendar.
    """
    course = timing.course
    ends_first = course.last_day is not None and course.last_day < course.first_day
    if words.depends or ends_first:
        return None
    if timing.period_unit == "h":
        return _interval(timing, words)
    return _wall_clock(timing, words)


def _interval(timing: Timing, words: ReadWords) -> Interval | None:
    course = timing.course
    if (
        course.first is None
        or timing.period not in _HOURS_APART
        or timing.frequency not in {None, 1}
    ):
        return None
    if timing.parts or timing.hours or timing.weekdays or words.parts:
        return None
    if words.times is not None and words.times * timing.period != _HOURS_A_DAY:
        return None
    ends = _ends_of_hours(course, course.first)
    if ends is not None and ends <= course.first:
        return None
    return Interval(
        zone=course.zone,
        every_minutes=int(timing.period) * 60,
        first=course.first,
        amount=timing.amount,
        ends=ends,
    )


def _ends_of_hours(course: Course, first: datetime) -> datetime | None:
    if course.lasts is not None:
        return first.astimezone(UTC) + course.lasts
    if course.ends is not None or course.last_day is None:
        return course.ends
    return instant(course.last_day + DAY, time(), course.zone)


def _wall_clock(timing: Timing, words: ReadWords) -> WallClock | None:
    course, every_days = timing.course, _every_days(timing)
    if every_days is None or (words.hours and not timing.hours):
        return None
    taken = _taken(timing, words, _times_a_day(timing))
    if taken is None or (every_days > 1 and not course.as_written):
        return None
    if every_days > 1 and (len(taken) > 1 or timing.weekdays):
        return None
    return WallClock(
        zone=course.zone,
        taken=taken,
        first_day=course.first_day,
        last_day=course.last_day,
        every_days=every_days,
        weekdays=tuple(sorted(timing.weekdays)),
        starts=course.first,
        ends=course.ends,
    )


def _every_days(timing: Timing) -> int | None:
    """Give how many days are between two days of doses; None where nobody can say."""
    if timing.period_unit == "wk" and timing.weekdays:
        return 1 if timing.period == 1 else None
    days = timing.period * _DAYS.get(timing.period_unit, 0)
    return int(days) if days in _DAYS_APART else None


def _times_a_day(timing: Timing) -> int | None:
    """Give how often on a day of doses; 0 where it is not for the frequency to say, None: unclear.

    A week's frequency counts all its doses: three a week on three days is one on each.
    """
    if timing.frequency is None:
        return 0 if timing.parts or timing.hours else 1
    if timing.period_unit == "wk" and timing.weekdays:
        per_day, rest = divmod(timing.frequency, len(timing.weekdays))
        return per_day if per_day and not rest else None
    return timing.frequency


def _taken(timing: Timing, words: ReadWords, times: int | None) -> tuple[DoseAmount, ...] | None:
    if times is None or (timing.parts and timing.hours):
        return None
    count = len(timing.parts) or len(timing.hours) or times
    if times not in {0, count} or words.times not in {None, count}:
        return None
    if timing.hours:
        hours = sorted(set(timing.hours))
        fits = len(hours) == count and not words.parts
        return tuple(DoseAmount(timing.amount, hour=hour) for hour in hours) if fits else None
    named = timing.parts or tuple((part, None) for part in DayPart if part in words.parts)
    if not named and count in PARTS:
        named = tuple((part, None) for part in PARTS[count])
    if len({part for part, _ in named}) != count or not words.parts <= {part for part, _ in named}:
        return None
    in_order = sorted(named, key=lambda named_part: list(DayPart).index(named_part[0]))
    return tuple(DoseAmount(timing.amount, part=part, meal=meal) for part, meal in in_order)


def together(rules: Sequence[tuple[Rule, bool]], places: Sequence[int | None]) -> Plan | None:
    """Combine the rules of several dosages into one plan, or none if they could mean two things.

    Args:
        rules: each, and whether its parts of the day were named.
        places: the number that each has in its sequence; FHIR: the same number is at the same time.
    """
    if len(set(places)) == 1:
        return _at_the_same_time(rules)
    if None in places or len(set(places)) != len(places):
        return None
    in_order = sorted(zip(places, rules, strict=True), key=lambda placed_rule: placed_rule[0] or 0)
    return _one_after_the_other([rule for _, (rule, _) in in_order])


def _at_the_same_time(rules: Sequence[tuple[Rule, bool]]) -> Plan | None:
    found: list[WallClock] = []
    for rule, named in rules:
        if not named or not isinstance(rule, WallClock) or any(t.part is None for t in rule.taken):
            return None
        found.append(rule)
    taken = [dose_amount for rule in found for dose_amount in rule.taken]
    alike = {replace(rule, taken=()) for rule in found}
    if len(alike) != 1 or len({dose_amount.part for dose_amount in taken}) != len(taken):
        return None
    order = list(DayPart)
    taken.sort(key=lambda dose_amount: order.index(dose_amount.part or DayPart.MORNING))
    return (replace(alike.pop(), taken=tuple(taken)),)


def _one_after_the_other(rules: Sequence[Rule]) -> Plan | None:
    """Take a tapering course, where each part begins on the day after the one before ended."""
    found = [rule for rule in rules if isinstance(rule, WallClock)]
    follow = all(
        before.last_day is not None
        and before.ends is None
        and after.first_day == before.last_day + DAY
        for before, after in pairwise(found)
    )
    bounded = found and found[-1].last_day is not None
    return tuple(found) if len(found) == len(rules) and follow and bounded else None
