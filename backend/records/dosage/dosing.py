"""Computes the doses of a medicine from two kinds of rules: pure rules.

A wall-clock dose keeps its hour on the clock wherever the clock stands; an interval dose keeps its
distance from the first. Rules keep local time and zone; an instant is worked out when it is asked
for. An hour that a change of clocks leaves out is taken as much later as the clock jumped; one that
comes twice, the first time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, TypeAlias, assert_never
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct
from msgspec.json import Decoder, Encoder

DAY: Final = timedelta(days=1)
MOST_DAYS: Final = 36_600  # a hundred years between two doses: beyond, it is no plan


class DayPart(StrEnum):
    """The parts of a day that hospitals here prescribe by: sáng, trưa, chiều, tối."""

    MORNING = "morning"
    NOON = "noon"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Meal(StrEnum):
    """The relation of a dose to the meal at that part of the day."""

    BEFORE = "before"
    WITH = "with"
    AFTER = "after"


PARTS: Final[dict[int, tuple[DayPart, ...]]] = {
    1: (DayPart.MORNING,),
    2: (DayPart.MORNING, DayPart.EVENING),
    3: (DayPart.MORNING, DayPart.NOON, DayPart.EVENING),
    4: (DayPart.MORNING, DayPart.NOON, DayPart.AFTERNOON, DayPart.EVENING),
}
"""What hospitals here mean by so many times a day. Any other number is not ours to spread."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The hour of each part of the day, for one patient at one facility."""

    morning: time = time(7)
    noon: time = time(11, 30)
    afternoon: time = time(17)
    evening: time = time(20)

    def of(self, part: DayPart) -> time:
        hour: time = getattr(self, part.value)
        return hour

    @property
    def follow_each_other(self) -> bool:
        return self.morning < self.noon < self.afternoon < self.evening


class DoseAmount(Struct, frozen=True, omit_defaults=True):
    """An amount that is taken once a day: at a part of it, or at an hour that the doctor set."""

    amount: str = ""
    part: DayPart | None = None
    hour: time | None = None
    meal: Meal | None = None

    def at(self, hours: Hours) -> time:
        if self.part is not None:
            return hours.of(self.part)
        if self.hour is None:
            raise ValueError("one of both is always said")
        return self.hour


class WallClock(Struct, frozen=True, omit_defaults=True, tag="wall-clock", tag_field="kind"):
    """Doses at parts of the day or at given hours, on some days of a course."""

    zone: str
    taken: tuple[DoseAmount, ...]
    first_day: date
    last_day: date | None = None
    every_days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 1
    weekdays: tuple[int, ...] = ()
    """Monday is 0, as `date.weekday` says it; none: any day."""
    starts: datetime | None = None
    """The course begins within its first day: no dose before this instant."""
    ends: datetime | None = None
    """It ends within its last day: no dose from this instant on."""

    def holds_at(self, moment: datetime) -> bool:
        return (self.starts is None or self.starts <= moment) and (
            self.ends is None or moment < self.ends
        )


class Interval(Struct, frozen=True, omit_defaults=True, tag="interval", tag_field="kind"):
    """Doses at a fixed distance in minutes, counted from the first one."""

    zone: str
    every_minutes: Annotated[int, Meta(ge=1, le=MOST_DAYS * 24 * 60)]
    first: datetime
    amount: str = ""
    ends: datetime | None = None
    """No dose from this instant on."""


Rule: TypeAlias = WallClock | Interval
Plan: TypeAlias = tuple[Rule, ...]
"""What one prescription says: one rule, or several that follow one another without a gap."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A plan, and the period in which it was the hospital's word."""

    plan: Plan
    since: datetime | None = None
    until: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        return (self.since is None or self.since <= moment) and (
            self.until is None or moment < self.until
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """One dose of one medicine."""

    name: str
    """Which of the medicine's doses: the same whenever it is asked for, at whatever hour it is."""
    kind: str
    day: date
    hour: time
    at: datetime
    zone: str
    amount: str
    part: DayPart | None = None
    meal: Meal | None = None


def doses(
    plan: InForce, first: date, last: date, hours: Hours, zone: str | None = None
) -> Iterator[Dose]:
    """List the doses from one local day to another, both included.

    Args:
        plan: what was prescribed, and while what.
        first: the first day.
        last: the last one.
        hours: at what hours the parts of the day are.
        zone: where the patient is; where the rule was written, if nobody says.
    """
    for rule in plan.plan:
        match rule:
            case WallClock():
                found = _on_the_clock(rule, (first, last), hours, zone or rule.zone)
            case Interval():
                found = _at_intervals(rule, (first, last), zone or rule.zone)
            case _:
                assert_never(rule)
        yield from (dose for dose, moment in found if plan.holds_at(moment))


_Found: TypeAlias = Iterator[tuple[Dose, datetime]]
"""Doses, and when each would be where the rule was written: what ends a plan is said there."""


def _on_the_clock(rule: WallClock, days: tuple[date, date], hours: Hours, zone: str) -> _Found:
    begin = max(days[0], rule.first_day)
    end = days[1] if rule.last_day is None else min(days[1], rule.last_day)
    begin += timedelta(days=-(begin - rule.first_day).days % rule.every_days)
    for n in range(0, (end - begin).days + 1, rule.every_days):
        day = begin + timedelta(days=n)
        if rule.weekdays and day.weekday() not in rule.weekdays:
            continue
        for place, dose_amount in enumerate(rule.taken, start=1):
            hour = dose_amount.at(hours)
            moment = instant(day, hour, rule.zone)
            if not rule.holds_at(moment):
                continue
            which = dose_amount.part or f"{place}of{len(rule.taken)}"
            dose = Dose(
                name=f"w{day.toordinal()}.{which}",
                kind="wall-clock",
                day=day,
                hour=hour,
                at=instant(day, hour, zone),
                zone=zone,
                amount=dose_amount.amount,
                part=dose_amount.part,
                meal=dose_amount.meal,
            )
            yield dose, moment


def _at_intervals(rule: Interval, days: tuple[date, date], zone: str) -> _Found:
    first, every = rule.first.astimezone(UTC), timedelta(minutes=rule.every_minutes)
    begin = instant(days[0], time(), zone).astimezone(UTC)
    end = instant(days[1] + DAY, time(), zone).astimezone(UTC)
    if rule.ends is not None:
        end = min(end, rule.ends.astimezone(UTC))
    n = max(0, -((first - begin) // every))
    while first + n * every < end:
        at = (first + n * every).astimezone(ZoneInfo(zone))
        yield (
            Dose(
                name=f"i{_mark(rule)}.{n}",
                kind="interval",
                day=at.date(),
                hour=at.time().replace(tzinfo=None),
                at=at,
                zone=zone,
                amount=rule.amount,
            ),
            at,
        )
        n += 1


def dose_named(plan: InForce, name: str, hours: Hours) -> Dose | None:
    """Find a dose of the plan by its name."""
    day = _day_of(name, plan.plan)
    if day is None:
        return None
    return next((dose for dose in doses(plan, day, day, hours) if dose.name == name), None)


def _day_of(name: str, plan: Plan) -> date | None:
    if found := _BY_DAY.fullmatch(name):
        return date.fromordinal(int(found[1]))
    for rule in plan:
        if isinstance(rule, Interval) and (found := _BY_COUNT.fullmatch(name)):
            after = int(found[2]) * timedelta(minutes=rule.every_minutes)
            if found[1] == _mark(rule) and after < _A_LIFE:
                return (rule.first.astimezone(UTC) + after).astimezone(ZoneInfo(rule.zone)).date()
    return None


_BY_DAY: Final = re.compile(r"w([67]\d{5})\.[a-z0-9]{1,12}", re.ASCII)
"""Any day from 1643 to 2190, by its ordinal."""
_BY_COUNT: Final = re.compile(r"i([0-9a-f]{8})\.(\d{1,7})", re.ASCII)
_A_LIFE: Final = 150 * 365 * DAY


def _mark(rule: Interval) -> str:
    """Tell one series of intervals from another: counted otherwise, its doses are others."""
    series = f"{rule.first.astimezone(UTC).isoformat()} {rule.every_minutes}"
    return sha256(series.encode()).hexdigest()[:8]


def instant(day: date, hour: time, zone: str) -> datetime:
    """Give the instant of a local hour, by the clock of that zone."""
    there: tzinfo = ZoneInfo(zone)
    return datetime.combine(day, hour, there).astimezone(UTC).astimezone(there)


def begins(plan: Plan) -> datetime:
    rule = plan[0]
    match rule:
        case WallClock():
            return rule.starts or instant(rule.first_day, time(), rule.zone)
        case Interval():
            return rule.first
        case _:
            assert_never(rule)


def last_day_of(plan: Plan) -> date | None:
    """Give the last local day that can have a dose; None for a course without end."""
    rule = plan[-1]
    match rule:
        case WallClock():
            return rule.last_day
        case Interval():
            return None if rule.ends is None else rule.ends.astimezone(ZoneInfo(rule.zone)).date()
        case _:
            assert_never(rule)


_WRITER = Encoder()
_READER = Decoder(Plan)


def plan_json(plan: Plan) -> str:
    return _WRITER.encode(plan).decode()


def read_plan(text: str) -> Plan:
    return _READER.decode(text)
