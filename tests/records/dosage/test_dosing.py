"""Doses of both kinds: none twice, none left out, right for everybody and when clocks change."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from os import environ
from time import tzset
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.records.dosage.dosing import (
    PARTS,
    DayPart,
    Dose,
    DoseAmount,
    Hours,
    InForce,
    Interval,
    Rule,
    WallClock,
    dose_named,
    doses,
    plan_json,
    read_plan,
)

HANOI, NEW_YORK = "Asia/Ho_Chi_Minh", "America/New_York"
ZONES = [HANOI, NEW_YORK, "UTC", "Pacific/Kiritimati", "Australia/Lord_Howe", "Europe/Berlin",
         "Pacific/Apia", "America/St_Johns"]  # fmt: skip
PROCESS_ZONES = ["UTC", HANOI, NEW_YORK, "Pacific/Kiritimati"]
USUAL = Hours()

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
spans = st.integers(0, 30).map(lambda n: timedelta(days=n))
zones = st.sampled_from(ZONES)
amounts = st.sampled_from(["1 viên", "2 viên", ""])
said_hours = st.lists(st.times().map(lambda t: t.replace(second=0, microsecond=0)),
                      min_size=1, max_size=4, unique=True)  # fmt: skip
hours = (
    st.lists(st.integers(0, 24 * 60 - 1), min_size=4, max_size=4, unique=True)
    .map(sorted)
    .map(lambda each: Hours(*(time(*divmod(minute, 60)) for minute in each)))
)
taken = st.one_of(
    st.sets(st.sampled_from(DayPart), min_size=1).flatmap(
        lambda parts: st.tuples(
            *(st.builds(DoseAmount, amounts, part=st.just(p)) for p in DayPart if p in parts)
        )
    ),
    said_hours.map(lambda each: tuple(DoseAmount("1 viên", hour=hour) for hour in sorted(each))),
)
wall_clocks = st.builds(
    lambda taken, first, length, every, weekdays, zone: WallClock(
        zone=zone,
        taken=taken,
        first_day=first,
        last_day=None if length is None else first + length,
        every_days=every,
        weekdays=tuple(sorted(weekdays)),
    ),
    taken, days, st.none() | spans, st.integers(1, 10), st.sets(st.integers(0, 6), max_size=3),
    zones,
)  # fmt: skip
intervals = st.builds(
    lambda hours, first, zone, length: Interval(
        zone=zone,
        every_minutes=hours * 60,
        first=first,
        ends=None if length is None else first + length,
    ),
    st.integers(1, 168),
    st.datetimes(
        datetime.fromisoformat("2020-01-01"),
        datetime.fromisoformat("2035-01-01"),
        timezones=st.just(UTC),
    ),
    zones,
    st.none() | spans,
)
rules: st.SearchStrategy[Rule] = st.one_of(wall_clocks, intervals)


def asked(rule: Rule, first: date, span: timedelta, **more: object) -> list[Dose]:
    plan = InForce((rule,), more.get("since"), more.get("until"))  # type: ignore[arg-type]  # instants
    return list(doses(plan, first, first + span, more.get("hours", USUAL), more.get("zone")))  # type: ignore[arg-type]  # as named


@given(rules, days, spans, hours, st.none() | zones)
def test_no_dose_is_twice_and_all_are_on_the_days_asked_for(
    rule: Rule, first: date, span: timedelta, at: Hours, zone: str | None
) -> None:
    found = asked(rule, first, span, hours=at, zone=zone)

    assert len({each.name for each in found}) == len(found)
    assert [each.day for each in found] == sorted(each.day for each in found)
    for each in found:
        assert first <= each.day <= first + span
        assert each.zone == (zone or rule.zone)
        assert each.at.utcoffset() == each.at.astimezone(ZoneInfo(each.zone)).utcoffset()


@given(rules, days, spans, st.integers(0, 30))
def test_asking_in_two_parts_gives_the_same_doses(
    rule: Rule, first: date, span: timedelta, cut: int
) -> None:
    middle = timedelta(days=min(cut, span.days))
    parts = asked(rule, first, middle)
    if middle < span:
        rest = span - middle - timedelta(days=1)
        parts += asked(rule, first + middle + timedelta(days=1), rest)

    assert parts == asked(rule, first, span)


@given(wall_clocks, days, spans)
def test_no_day_of_a_course_is_left_out(rule: WallClock, first: date, span: timedelta) -> None:
    wanted = [
        day
        for day in (first + timedelta(days=n) for n in range(span.days + 1))
        if rule.first_day <= day <= (rule.last_day or date.max)
        and (day - rule.first_day).days % rule.every_days == 0
        and (not rule.weekdays or day.weekday() in rule.weekdays)
    ]

    found = asked(rule, first, span)

    assert [each.day for each in found] == [day for day in wanted for _ in rule.taken]


@given(wall_clocks, days, spans, hours, hours)
def test_other_hours_are_the_same_doses(
    rule: WallClock, first: date, span: timedelta, one: Hours, other: Hours
) -> None:
    names = [
        [each.name for each in asked(rule, first, span, hours=hours)] for hours in (one, other)
    ]

    assert names[0] == names[1]


@given(rules, rules, days, spans, st.datetimes(timezones=st.just(UTC)), hours)
def test_a_changed_plan_gives_each_of_its_days_once(
    before: Rule, after: Rule, first: date, span: timedelta, changed: datetime, at: Hours
) -> None:
    old = asked(before, first, span, until=changed, hours=at)
    new = asked(after, first, span, since=changed, hours=at)
    same = asked(before, first, span, since=changed, hours=at)

    assert not {each.name for each in old} & {each.name for each in same}
    assert len(old) + len(same) == len(asked(before, first, span, hours=at))
    assert all(each.at < changed for each in old)
    assert all(each.at >= changed for each in new)


@given(rules, days, spans, hours)
def test_each_dose_is_found_by_its_name(
    rule: Rule, first: date, span: timedelta, at: Hours
) -> None:
    plan = InForce((rule,))

    for each in doses(plan, first, first + span, at):
        assert dose_named(plan, each.name, at) == each


@pytest.mark.parametrize(
    "name",
    ["", "w", "w0.morning", "w9999999.morning", "w739000", "w739000.", "w739000.evening",
     "i00000000.0", "i00000000.99999999", "w739000.1of1", "w７３９０００.morning"],
)  # fmt: skip
def test_a_name_that_means_no_dose_finds_none(name: str) -> None:
    day = date.fromordinal(738_000)
    course = WallClock(zone=HANOI, taken=(DoseAmount(part=DayPart.MORNING),), first_day=day)
    every = Interval(zone=HANOI, every_minutes=480, first=datetime(2026, 1, 1, tzinfo=UTC))

    assert dose_named(InForce((course, every)), name, USUAL) is None


@given(intervals, days, spans)
def test_intervals_are_elapsed_time(rule: Interval, first: date, span: timedelta) -> None:
    found = [each.at.astimezone(UTC) for each in asked(rule, first, span)]

    assert all(b - a == timedelta(minutes=rule.every_minutes) for a, b in pairwise(found))
    assert all(
        (at - rule.first) % timedelta(minutes=rule.every_minutes) == timedelta() for at in found
    )
    assert all(rule.ends is None or at < rule.ends for at in found)


@given(rules)
def test_what_is_stored_is_what_was_said(rule: Rule) -> None:
    assert read_plan(plan_json((rule,))) == (rule,)


@contextmanager
def process_in(zone: str) -> Iterator[None]:
    before = environ.get("TZ")
    environ["TZ"] = zone
    tzset()
    try:
        yield
    finally:
        environ.pop("TZ")
        environ.update({} if before is None else {"TZ": before})
        tzset()


@given(rules, days, spans)
def test_the_zone_of_the_machine_changes_nothing(rule: Rule, first: date, span: timedelta) -> None:
    answers = []
    for zone in PROCESS_ZONES:
        with process_in(zone):
            answers.append([(each, str(each.at)) for each in asked(rule, first, span)])

    assert all(each == answers[0] for each in answers)


def morning_and_night(zone: str) -> WallClock:
    taken = (DoseAmount("1 viên", hour=time(1, 30)), DoseAmount("1 viên", hour=time(2, 30)))
    return WallClock(zone=zone, taken=taken, first_day=date(2026, 1, 1))


def test_an_hour_that_clocks_leave_out_is_taken_as_much_later() -> None:
    one, two = asked(morning_and_night(NEW_YORK), date(2026, 3, 8), timedelta())

    assert one.at.isoformat() == "2026-03-08T01:30:00-05:00"
    assert (two.hour, two.at.isoformat()) == (time(2, 30), "2026-03-08T03:30:00-04:00")


def test_an_hour_that_comes_twice_is_taken_the_first_time() -> None:
    one, two = asked(morning_and_night(NEW_YORK), date(2026, 11, 1), timedelta())

    assert one.at.isoformat() == "2026-11-01T01:30:00-04:00"
    assert two.at.isoformat() == "2026-11-01T02:30:00-05:00"


def test_a_day_that_a_zone_left_out_is_taken_on_the_next() -> None:
    (left_out,) = asked(
        WallClock(
            zone="Pacific/Apia",
            taken=(DoseAmount(part=DayPart.MORNING),),
            first_day=date(2011, 1, 1),
        ),
        date(2011, 12, 30),
        timedelta(),
    )

    assert left_out.at.isoformat() == "2011-12-31T07:00:00+14:00"


def test_over_a_change_of_clocks_one_kind_keeps_the_hour_and_the_other_the_distance() -> None:
    first = datetime(2026, 3, 7, 7, tzinfo=ZoneInfo(NEW_YORK))
    by_clock = WallClock(
        zone=NEW_YORK, taken=(DoseAmount(part=DayPart.MORNING),), first_day=first.date()
    )
    apart = Interval(zone=NEW_YORK, every_minutes=24 * 60, first=first)

    span = timedelta(days=1)
    clock = [each.at.hour for each in asked(by_clock, first.date(), span)]
    distance = [each.at.hour for each in asked(apart, first.date(), span)]

    assert (clock, distance) == ([7, 7], [7, 8])


def test_a_traveller_takes_the_one_by_the_clock_there_and_the_other_when_it_is_due() -> None:
    first = datetime(2026, 6, 1, 7, tzinfo=ZoneInfo(HANOI))
    by_clock = WallClock(
        zone=HANOI, taken=(DoseAmount(part=DayPart.MORNING),), first_day=first.date()
    )
    apart = Interval(zone=HANOI, every_minutes=24 * 60, first=first)

    day = date(2026, 6, 5)
    (clock,) = asked(by_clock, day, timedelta(), zone="Europe/Berlin")
    (distance,) = asked(apart, day, timedelta(), zone="Europe/Berlin")

    assert clock.at.isoformat() == "2026-06-05T07:00:00+02:00"
    assert distance.at.isoformat() == "2026-06-05T02:00:00+02:00"


def test_the_usual_hours_and_how_they_are_spread() -> None:
    spread = {n: [f"{USUAL.of(part):%H:%M}" for part in parts] for n, parts in PARTS.items()}

    assert spread == {
        1: ["07:00"],
        2: ["07:00", "20:00"],
        3: ["07:00", "11:30", "20:00"],
        4: ["07:00", "11:30", "17:00", "20:00"],
    }
