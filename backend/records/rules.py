"""When a medicine is taken and which change of a record is told: decisions only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

MORNING, NOON, AFTERNOON, EVENING = time(7), time(11, 30), time(17), time(20)

HOURS: dict[int, tuple[time, ...]] = {
    1: (MORNING,),
    2: (MORNING, EVENING),
    3: (MORNING, NOON, EVENING),
    4: (MORNING, NOON, AFTERNOON, EVENING),
}
"""What hospitals here mean by so many times a day. Any other number is not ours to spread."""

_HOURS_A_DAY = Decimal(24)
_WHOLE_DAYS = frozenset(Decimal(n) for n in range(1, 91))


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The plain part of a FHIR timing: so often in such a period, from one day to another."""

    frequency: int
    period: Decimal
    period_unit: str
    first_day: date
    begins_as_written: bool
    """The sender said which day is the first; without it every second day could be any day."""
    last_day: date | None = None
    amount: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRule:
    times_a_day: int
    every_days: int
    amount: str
    first_day: date
    last_day: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    day: date
    hour: time
    at: datetime


def dose_rule(timing: Timing) -> DoseRule | None:
    """Give the rule for a timing that has one meaning; None for all others: they are only shown.

    Hours must divide the day and give one or two doses: eight hours apart is not morning, noon
    and evening.
    """
    times, days = timing.frequency, timing.period
    if timing.period_unit == "h":
        if timing.frequency != 1 or timing.period not in {Decimal(12), _HOURS_A_DAY}:
            return None
        times, days = int(_HOURS_A_DAY / timing.period), Decimal(1)
    elif timing.period_unit != "d":
        return None
    if times not in HOURS or days not in _WHOLE_DAYS or (days > 1 and times != 1):
        return None
    if days > 1 and not timing.begins_as_written:
        return None
    if timing.last_day is not None and timing.last_day < timing.first_day:
        return None
    return DoseRule(
        times_a_day=times,
        every_days=int(days),
        amount=timing.amount,
        first_day=timing.first_day,
        last_day=timing.last_day,
    )


def slots(rule: DoseRule, first: date, last: date, zone: tzinfo) -> Iterator[Slot]:
    """List the doses from one local day to another, both included."""
    begin = max(first, rule.first_day)
    end = last if rule.last_day is None else min(last, rule.last_day)
    begin += timedelta(days=-(begin - rule.first_day).days % rule.every_days)
    for n in range(0, (end - begin).days + 1, rule.every_days):
        day = begin + timedelta(days=n)
        for hour in HOURS[rule.times_a_day]:
            yield Slot(day=day, hour=hour, at=datetime.combine(day, hour, zone))


@dataclass(frozen=True, slots=True)
class Stage:
    """What a status means for who reads: whether it is shown, and whether it is complete."""

    shown: bool
    complete: bool


STAGES: dict[str, Stage] = {
    "registered": Stage(shown=True, complete=False),
    "partial": Stage(shown=True, complete=False),
    "preliminary": Stage(shown=True, complete=False),
    "final": Stage(shown=True, complete=True),
    "amended": Stage(shown=True, complete=True),
    "corrected": Stage(shown=True, complete=True),
    "appended": Stage(shown=True, complete=True),
    "cancelled": Stage(shown=False, complete=False),
    "entered-in-error": Stage(shown=False, complete=False),
    "unknown": Stage(shown=True, complete=False),
}
"""The life of a report or a measurement, in FHIR's words: the whole table."""

RELEASED = frozenset(status for status, stage in STAGES.items() if stage.complete)
"""A report in one of these is complete. Before, it is shown and nobody is told."""
TAKEN_BACK = frozenset(status for status, stage in STAGES.items() if not stage.shown)
"""A report or an observation in one of these is hidden."""
AMENDED = frozenset({"amended", "corrected", "appended"})
"""FHIR's words for a report or a measurement that is not as it was first released."""
AGREED = frozenset({"booked", "arrived", "checked-in", "fulfilled"})
CALLED_OFF = frozenset({"cancelled", "entered-in-error"})
OVER = CALLED_OFF | {"fulfilled", "noshow"}
"""Nobody is expected any more, whatever the hour."""


def told_of_report(before: str | None, after: str, *, differs: bool) -> str | None:
    """Say what a patient is told of a report: `ready`, `corrected` or nothing.

    `before` is the status that was stored, None when it is new here. What was never complete is
    not corrected, it is ready; what comes back after having been taken back is a correction.
    """
    if after not in RELEASED or not differs:
        return None
    return "corrected" if before in RELEASED | TAKEN_BACK else "ready"


def is_correction(before: str | None, after: str, *, differs: bool) -> bool:
    """Say whether a report or a measurement is marked as corrected by what came now.

    Also without its sender's word for it: another value under `final` is a correction, and what
    was corrected before it first came here is one as well.
    """
    return differs and (
        after in AMENDED or told_of_report(before, after, differs=True) == "corrected"
    )


def told_of_appointment(
    before: tuple[str, datetime] | None, after: tuple[str, datetime], now: datetime
) -> str | None:
    """Say what a patient is told of an appointment: `booked`, `moved`, `cancelled` or nothing."""
    status, starts_at = after
    was_agreed = before is not None and before[0] in AGREED
    if was_agreed and before is not None and status in CALLED_OFF:
        return "cancelled" if before[1] > now else None
    if status != "booked" or starts_at <= now:
        return None
    if not was_agreed:
        return "booked"
    return "moved" if before is not None and before[1] != starts_at else None
