"""When doses are due, and what is told of a change: over all inputs."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from backend.records.rules import (
    HOURS,
    RELEASED,
    TAKEN_BACK,
    DoseRule,
    Timing,
    dose_rule,
    slots,
    told_of_appointment,
    told_of_report,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
spans = st.integers(0, 60).map(lambda n: timedelta(days=n))
rules = st.builds(
    lambda times, every, first, length: DoseRule(
        times_a_day=times,
        every_days=every,
        amount="1 viên",
        first_day=first,
        last_day=None if length is None else first + length,
    ),
    st.sampled_from(sorted(HOURS)),
    st.integers(1, 30),
    days,
    st.none() | spans,
)


@given(rules, days, spans)
def test_doses_lie_within_the_days_asked_for_and_the_days_prescribed(
    rule: DoseRule, first: date, span: timedelta
) -> None:
    found = list(slots(rule, first, first + span, HANOI))

    for slot in found:
        assert (
            max(first, rule.first_day) <= slot.day <= min(first + span, rule.last_day or date.max)
        )
        assert (slot.day - rule.first_day).days % rule.every_days == 0
        assert slot.at.utcoffset() == timedelta(hours=7)
    assert [slot.at for slot in found] == sorted({slot.at for slot in found})


@given(rules, days, spans)
def test_no_day_of_the_prescription_is_left_out(
    rule: DoseRule, first: date, span: timedelta
) -> None:
    wanted = [
        day
        for day in (first + timedelta(days=n) for n in range(span.days + 1))
        if rule.first_day <= day <= (rule.last_day or date.max)
        and (day - rule.first_day).days % rule.every_days == 0
    ]

    found = [slot.day for slot in slots(rule, first, first + span, HANOI)]

    assert found == [day for day in wanted for _ in HOURS[rule.times_a_day]]


@given(rules, days, spans, st.integers(0, 60))
def test_asking_in_two_parts_gives_the_same_doses(
    rule: DoseRule, first: date, span: timedelta, cut: int
) -> None:
    last, middle = first + span, first + timedelta(days=min(cut, span.days))

    parts = [
        *slots(rule, first, middle, HANOI),
        *slots(rule, middle + timedelta(days=1), last, HANOI),
    ]

    assert parts == list(slots(rule, first, last, HANOI))


@given(
    st.integers(0, 50),
    st.decimals(min_value=0, max_value=500, allow_nan=False, places=1) | st.just(Decimal("1E+99")),
    st.sampled_from(["s", "min", "h", "d", "wk", "mo", "a"]),
    st.booleans(),
)
def test_a_rule_gives_as_many_doses_a_day_as_the_timing_says(
    frequency: int,
    period: Decimal,
    unit: str,
    begins_as_written: bool,  # noqa: FBT001  # hypothesis gives it by its place
) -> None:
    rule = dose_rule(
        Timing(
            frequency=frequency,
            period=period,
            period_unit=unit,
            first_day=date(2026, 11, 20),
            begins_as_written=begins_as_written,
        )
    )

    if rule is not None:
        hours = period * {"h": 1, "d": 24}[unit]
        assert Decimal(rule.times_a_day) / rule.every_days == frequency * 24 / hours
        assert rule.every_days == 1 or begins_as_written


def test_the_hours_are_those_of_the_hospitals_here() -> None:
    assert {times: [f"{h:%H:%M}" for h in hours] for times, hours in HOURS.items()} == {
        1: ["07:00"],
        2: ["07:00", "20:00"],
        3: ["07:00", "11:30", "20:00"],
        4: ["07:00", "11:30", "17:00", "20:00"],
    }


STATUSES = sorted(RELEASED | TAKEN_BACK | {"registered", "partial", "preliminary", "unknown"})


@given(st.none() | st.sampled_from(STATUSES), st.sampled_from(STATUSES), st.booleans())
def test_only_a_complete_report_that_differs_is_told(
    before: str | None,
    after: str,
    differs: bool,  # noqa: FBT001  # hypothesis gives it by its place
) -> None:
    told = told_of_report(before, after, differs=differs)

    assert (told is not None) == (after in RELEASED and differs)
    assert told != "corrected" or before is not None


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=HANOI)
APPOINTMENTS = ["proposed", "booked", "arrived", "fulfilled", "cancelled", "noshow",
                "entered-in-error"]  # fmt: skip
times = st.integers(-72, 72).map(lambda hours: NOW + timedelta(hours=hours))


@given(
    st.none() | st.tuples(st.sampled_from(APPOINTMENTS), times),
    st.tuples(st.sampled_from(APPOINTMENTS), times),
)
def test_nobody_is_told_of_an_appointment_that_is_over(
    before: tuple[str, datetime] | None, after: tuple[str, datetime]
) -> None:
    told = told_of_appointment(before, after, NOW)

    if told in {"booked", "moved"}:
        assert after[0] == "booked"
        assert after[1] > NOW
    if told == "cancelled":
        assert before is not None
        assert before[1] > NOW
    assert told_of_appointment(after, after, NOW) is None
