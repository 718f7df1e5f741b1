"""A plan is made only where a timing has one meaning; all else is shown as written."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from backend.intake.fhir.dosage.dosage_words import dosage_of
from backend.intake.fhir.dosage.plans import plan_of_request
from backend.records.dosage.dosing import DayPart, DoseAmount, Interval, Meal
from backend.sandbox.demo.story_bundles import Resource
from tests.harness.intake.dosages import (
    CHIEU,
    DAILY,
    EVERY_8_HOURS,
    FROM_TEN,
    SANG,
    TOI,
    TRUA,
    a_request,
    at,
    days,
    only_rule,
)

PLAIN: dict[str, tuple[Resource, tuple[DayPart, ...], int, str | None]] = {
    "once a day": ({"frequency": 1, "period": 1, "periodUnit": "d"}, (SANG,), 1, None),
    "frequency left out": ({"period": 1, "periodUnit": "d"}, (SANG,), 1, None),
    "four times a day": (DAILY | {"frequency": 4}, (SANG, TRUA, CHIEU, TOI), 1, None),
    "for seven days": (DAILY | {"boundsDuration": days(7)}, (SANG, TOI), 1, "2026-11-26"),
    "for two weeks": (DAILY | {"boundsDuration": days(2, "wk")}, (SANG, TOI), 1, "2026-12-03"),
    "until a day": (
        DAILY | {"boundsPeriod": {"end": "2026-11-22"}}, (SANG, TOI), 1, "2026-11-22"
    ),
    "every second day from a day": (
        {"frequency": 1, "period": 2, "periodUnit": "d", "boundsPeriod": {"start": "2026-11-21"}},
        (SANG,), 2, None,
    ),
    "once a week from a day": (
        {"frequency": 1, "period": 1, "periodUnit": "wk", "boundsPeriod": {"start": "2026-11-21"}},
        (SANG,), 7, None,
    ),
    "at noon and in the evening": (DAILY | {"when": ["EVE", "NOON"]}, (TRUA, TOI), 1, None),
    "at bedtime": ({"when": ["HS"]}, (TOI,), 1, None),
}  # fmt: skip


@pytest.mark.parametrize("how", PLAIN)
def test_a_plain_timing_gets_parts_of_the_day(how: str) -> None:
    repeat, parts, every, last = PLAIN[how]

    rule = only_rule(plan_of_request(a_request(repeat)))

    assert rule.taken == at(*parts)
    assert (rule.every_days, rule.last_day and rule.last_day.isoformat()) == (every, last)
    assert rule.zone == "Asia/Ho_Chi_Minh"


def test_a_meal_stands_beside_its_part_of_the_day() -> None:
    rule = only_rule(plan_of_request(a_request({"when": ["ACM", "PCV"]})))

    assert rule.taken == (
        DoseAmount("1.5 viên", part=SANG, meal=Meal.BEFORE), DoseAmount("1.5 viên", part=TOI,
        meal=Meal.AFTER)
    )  # fmt: skip


def test_hours_that_are_said_are_kept() -> None:
    rule = only_rule(plan_of_request(a_request({"timeOfDay": ["21:30:00", "09:00:00"]})))

    assert rule.taken == (
        DoseAmount("1.5 viên", hour=time(9)),
        DoseAmount("1.5 viên", hour=time(21, 30)),
    )


@pytest.mark.parametrize(
    "repeat",
    [
        {"frequency": 1, "period": 1, "periodUnit": "d", "dayOfWeek": ["fri", "mon"]},
        {"frequency": 2, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "fri"]},
        {"period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "fri"]},
    ],
)
def test_days_of_the_week_that_are_named_are_kept(repeat: Resource) -> None:
    rule = only_rule(plan_of_request(a_request(repeat)))

    assert (rule.weekdays, rule.taken) == ((0, 4), at(SANG))


def test_hours_apart_count_from_a_first_moment() -> None:
    plan = plan_of_request(a_request(EVERY_8_HOURS | FROM_TEN))

    first = datetime.fromisoformat("2026-11-21T10:00:00+07:00")
    assert plan == (
        Interval(zone="Asia/Ho_Chi_Minh", every_minutes=480, first=first, amount="1.5 viên"),
    )


def test_hours_apart_end_with_their_course() -> None:
    bounds = {"boundsPeriod": FROM_TEN["boundsPeriod"] | {"end": "2026-11-22"}}
    plan = plan_of_request(a_request(EVERY_8_HOURS | bounds))

    assert plan
    assert isinstance(plan[0], Interval)
    assert plan[0].ends == datetime.fromisoformat("2026-11-23T00:00:00+07:00")


def test_a_course_begins_and_ends_at_the_moments_that_are_said() -> None:
    bounds = {"start": "2026-11-21T10:00:00+07:00", "end": "2026-11-22T10:00:00+07:00"}
    rule = only_rule(plan_of_request(a_request(DAILY | {"boundsPeriod": bounds})))

    assert (rule.first_day, rule.last_day) == (date(2026, 11, 21), date(2026, 11, 22))
    assert rule.starts == datetime.fromisoformat("2026-11-21T10:00:00+07:00")
    assert rule.ends == datetime.fromisoformat("2026-11-22T10:01:00+07:00")


NOT_PLAIN: dict[str, Resource] = {
    "as needed": {"asNeededBoolean": True},
    "as needed for a reason": {"asNeededCodeableConcept": {"text": "khi đau"}},
    "before meals": {"timing": {"repeat": DAILY | {"when": ["AC"]}}},
    "early in the morning": {"timing": {"repeat": {"when": ["MORN.early"]}}},
    "on waking": {"timing": {"repeat": {"when": ["WAKE"]}}},
    "ten minutes before breakfast": {"timing": {"repeat": {"when": ["ACM"], "offset": 10}}},
    "dinner and bedtime": {"timing": {"repeat": {"when": ["CV", "HS"]}}},
    "more events than times": {"timing": {"repeat": DAILY | {"when": ["MORN"]}}},
    "more hours than times": {
        "timing": {"repeat": {"timeOfDay": ["09:00:00", "21:00:00"]} | DAILY | {"frequency": 1}}
    },
    "hours that are the same": {"timing": {"repeat": {"timeOfDay": ["09:00:00", "09:00:00"]}}},
    "up to three times": {"timing": {"repeat": DAILY | {"frequencyMax": 3}}},
    "every six to eight hours": {
        "timing": {"repeat": {"frequency": 1, "period": 6, "periodMax": 8, "periodUnit": "h"}}
    },
    "every eight hours from any time": {"timing": {"repeat": EVERY_8_HOURS}},
    "every eight hours from a day": {
        "timing": {"repeat": EVERY_8_HOURS | {"boundsPeriod": {"start": "2026-11-21"}}}
    },
    "every twelve hours from any time": {"timing": {"repeat": EVERY_8_HOURS | {"period": 12}}},
    "twice in eight hours": {"timing": {"repeat": EVERY_8_HOURS | FROM_TEN | {"frequency": 2}}},
    "every eight hours in the morning": {
        "timing": {"repeat": EVERY_8_HOURS | FROM_TEN | {"when": ["MORN"]}}
    },
    "every ten minutes": {"timing": {"repeat": FROM_TEN | {"period": 10, "periodUnit": "min"}}},
    "five times a day": {"timing": {"repeat": DAILY | {"frequency": 5}}},
    "on mondays, however often": {"timing": {"repeat": {"dayOfWeek": ["mon"]}}},
    "once a week on one of three days": {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk",
                              "dayOfWeek": ["mon", "wed", "fri"]}}
    },
    "ten doses in all": {"timing": {"repeat": DAILY | {"count": 10}}},
    "over half an hour": {"timing": {"repeat": DAILY | {"duration": 30, "durationUnit": "min"}}},
    "once a week": {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk"}}},
    "twice in three days": {"timing": {"repeat": {"frequency": 2, "period": 3, "periodUnit": "d"}}},
    "a frequency of nothing": {"timing": {"repeat": {"frequency": 2}}},
    "every second day from any day": {
        "timing": {"repeat": {"frequency": 1, "period": 2, "periodUnit": "d"}}
    },
    "one and a half days": {
        "timing": {"repeat": {"frequency": 1, "period": Decimal("1.5"), "periodUnit": "d"}}
    },
    "for a month": {"timing": {"repeat": DAILY | {"boundsDuration": days(1, "mo")}}},
    "for one to two weeks": {
        "timing": {"repeat": DAILY | {"boundsRange": {"low": days(7), "high": days(14)}}}
    },
    "until some month": {"timing": {"repeat": DAILY | {"boundsPeriod": {"end": "2026-12"}}}},
    "until before it began": {
        "timing": {"repeat": DAILY | {"boundsPeriod": {"end": "2026-11-01"}}}
    },
    "a code that says something else": {
        "timing": {"repeat": DAILY, "code": {"coding": [{"code": "TID"}]}}
    },
    "a code that nobody knows": {"timing": {"code": {"coding": [{"code": "229799001"}]}}},
    "an event": {"timing": {"event": ["2026-11-21T08:00:00+07:00"]}},
    "a rate": {"doseAndRate": [{"rateQuantity": {"value": 5, "unit": "mL/h"}}]},
    "so much for each kilogram": {
        "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg/kg"}}]
    },
    "one or two": {"doseAndRate": [{"doseRange": {"low": {"value": 1}, "high": {"value": 2}}}]},
    "no more than": {"maxDosePerPeriod": {"numerator": {"value": 4}, "denominator": days(1)}},
    "something only an extension says": {
        "modifierExtension": [{"url": "http://x.example/not", "valueBoolean": True}]
    },
    "an extension of the timing": {
        "timing": {"repeat": DAILY, "extension": [{"url": "http://x.example", "valueCode": "x"}]}
    },
}  # fmt: skip


@pytest.mark.parametrize("how", NOT_PLAIN)
def test_nobody_guesses_hours(how: str) -> None:
    request = a_request(dosage=NOT_PLAIN[how])

    assert plan_of_request(request) is None
    text, _ = dosage_of(request["dosageInstruction"])
    assert text is not None
    assert text.startswith("Uống theo đơn\n")


@pytest.mark.parametrize(
    ("code", "parts"),
    [("QD", (SANG,)), ("BID", (SANG, TOI)), ("TID", (SANG, TRUA, TOI)), ("BED", (TOI,))],
)
def test_a_code_is_a_whole_timing(code: str, parts: tuple[DayPart, ...]) -> None:
    timing = {"code": {"coding": [{"code": code}]}}

    rule = only_rule(plan_of_request(a_request(dosage={"timing": timing})))

    assert rule.taken == at(*parts)


def test_a_code_that_agrees_is_plain() -> None:
    timing = {"repeat": DAILY, "code": {"coding": [{"code": "BID"}]}}

    assert plan_of_request(a_request(dosage={"timing": timing}))


def test_a_code_of_hours_counts_from_a_first_moment() -> None:
    timing = {"repeat": FROM_TEN, "code": {"coding": [{"code": "Q6H"}]}}

    plan = plan_of_request(a_request(dosage={"timing": timing}))

    assert plan
    assert isinstance(plan[0], Interval)
    assert plan[0].every_minutes == 360


def test_the_supply_ends_what_nothing_else_ends() -> None:
    rule = only_rule(
        plan_of_request(a_request(dispenseRequest={"expectedSupplyDuration": days(5)}))
    )

    assert str(rule.last_day) == "2026-11-24"


def test_a_supply_that_is_less_than_the_timing_needs_leaves_only_text() -> None:
    supply = {"expectedSupplyDuration": days(5), "quantity": {"value": 5, "unit": "viên"}}

    assert plan_of_request(a_request(dispenseRequest=supply)) is None


def test_an_amount_without_a_thing_is_left_to_the_doctors_words() -> None:
    dose = {"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "ea", "code": "ea"}}]}

    rule = only_rule(plan_of_request(a_request(dosage=dose)))

    assert {each.amount for each in rule.taken} == {""}
