"""Several dosages are one plan where they can only be meant so: side by side, or in a row."""

from datetime import date
from typing import Any

import pytest

from backend.intake.fhir.dosage.plans import plan_of_request
from backend.records.dosage.dosing import DoseAmount, Plan, WallClock
from backend.sandbox.demo.story_bundles import Resource
from tests.harness.intake.dosages import DAILY, SANG, TOI, days, only_rule, several


def dosages(*each: Resource) -> Plan | None:
    return plan_of_request(several(each))


def in_the(part: str, amount: int, **more: Any) -> Resource:
    timing = {"repeat": {"when": [part]} | more}
    return {
        "timing": timing, "doseAndRate": [{"doseQuantity": {"value": amount, "unit": "viên"}}]
    }  # fmt: skip


def test_dosages_at_different_parts_of_the_day_are_one_plan() -> None:
    rule = only_rule(dosages(in_the("EVE", 1), in_the("MORN", 3)))

    assert rule.taken == (DoseAmount("3 viên", part=SANG), DoseAmount("1 viên", part=TOI))


@pytest.mark.parametrize(
    "two",
    [
        ({}, {}),
        (in_the("MORN", 1), in_the("MORN", 2)),
        (in_the("MORN", 1), {}),
        (in_the("MORN", 1), in_the("EVE", 1, boundsDuration=days(3))),
        (in_the("MORN", 1), in_the("EVE", 1) | {"asNeededBoolean": True}),
        (in_the("MORN", 1) | {"sequence": 1}, in_the("EVE", 1) | {"sequence": 2}),
        (in_the("MORN", 1) | {"sequence": 1}, in_the("EVE", 1)),
    ],
)
def test_dosages_that_could_mean_two_things_are_text(two: tuple[Resource, Resource]) -> None:
    assert dosages(*two) is None


def lasting(start: str, end: str, frequency: int, place: int) -> Resource:
    bounds = {"start": start, "end": end}
    repeat = DAILY | {"frequency": frequency, "boundsPeriod": bounds}
    return {"sequence": place, "timing": {"repeat": repeat}}


def test_a_course_that_tapers_is_a_plan_of_several_rules() -> None:
    plan = dosages(
        lasting("2026-11-26", "2026-11-30", 1, 2), lasting("2026-11-21", "2026-11-25", 2, 1)
    )

    assert plan
    assert [len(each.taken) for each in plan if isinstance(each, WallClock)] == [2, 1]
    assert plan[0].first_day == date(2026, 11, 21)  # type: ignore[union-attr]  # both by the clock


@pytest.mark.parametrize("second", ["2026-11-25", "2026-11-28"])
def test_a_course_with_a_gap_or_an_overlap_is_text(second: str) -> None:
    first = lasting("2026-11-21", "2026-11-25", 2, 1)

    assert dosages(first, lasting(second, "2026-11-30", 1, 2)) is None
