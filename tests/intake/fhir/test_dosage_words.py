"""No alarm contradicts the doctor's words, and a dose text is enough where it is all there is."""

from datetime import date
from typing import Any

import pytest

from backend.intake.fhir.dosage.plans import plan_of_request
from backend.records.dosage.dosing import DayPart, DoseAmount, Plan
from backend.sandbox.demo.story_bundles import Resource
from tests.harness.intake.dosages import CHIEU, SANG, TOI, TRUA, a_request, at, only_rule


@pytest.mark.parametrize(
    "text",
    [
        "Uống khi đau", "Uống nếu sốt", "Tối đa 4 viên một ngày", "Uống cách ngày",
        "Ngày 3 lần", "3 lần/ngày", "Take once daily", "Uống mỗi 8 giờ", "Uống lúc 9 giờ",
        "Uống sáng", "Uống sáng, trưa, chiều", "1-2 viên mỗi lần", "Hàng tuần",
        "Sáng uống 2 viên, tối 1 viên khi cần", "at bedtime", "twice daily as needed",
        "2 viên/lần * 3 lần/ngày * 5 ngày", "2 viên/lần * 2 lần/ngày * 5 ngày",
        "12g * 1 thang * 5 ngày", "Sáng uống 2 viên, tối uống 1 viên",
    ],
)  # fmt: skip
def test_no_alarm_contradicts_the_doctors_words(text: str) -> None:
    assert plan_of_request(a_request(dosage={"text": text})) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Uống 1 viên, ngày 2 lần, sáng và tối, trong 7 ngày", (SANG, TOI)),
        ("Ngày uống 2 lần, trưa - chiều, sau khi ăn", (TRUA, CHIEU)),
        ("uong trua, toi", (TRUA, TOI)),
        ("Uống tới khi đi ngủ buổi sáng", (SANG, TOI)),
        ("two times a day, after meals", (SANG, TOI)),
        ("1,5 viên/lần * 2 lần/ngày * 5 ngày", (SANG, TOI)),
    ],
)
def test_the_doctors_words_name_the_parts_of_the_day(text: str, parts: tuple[DayPart, ...]) -> None:
    assert only_rule(plan_of_request(a_request(dosage={"text": text}))).taken == at(*parts)


def test_amounts_that_differ_come_from_the_text() -> None:
    text = {"text": "Trưa: 3 viên, Tối: 1 viên * 5 ngày", "doseAndRate": None}
    rule = only_rule(plan_of_request(a_request(dosage=text)))

    assert rule.taken == (DoseAmount("3 viên", part=TRUA), DoseAmount("1 viên", part=TOI))
    assert rule.last_day == date(2026, 11, 24)


def words_alone(text: str, **request: Any) -> Plan | None:
    dosage = {"text": text, "doseAndRate": None, "timing": None}
    return plan_of_request(a_request(dosage=dosage, **request))


def test_the_dose_text_of_the_insurance_is_read_where_nothing_else_is_said() -> None:
    rule = only_rule(words_alone("2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]"))

    assert rule.taken == (DoseAmount("2 viên", part=SANG), DoseAmount("2 viên", part=TOI))
    assert (rule.first_day, rule.last_day) == (date(2026, 11, 20), date(2026, 11, 24))


def test_what_was_handed_out_says_how_long_a_dose_text_lasts() -> None:
    def handed_out(value: int, unit: str) -> Resource:
        return {"quantity": {"value": value, "unit": unit}}

    text = "Sáng: 3 viên, Tối: 1 viên"
    week = words_alone(text, dispenseRequest=handed_out(28, "Viên"))
    odd = words_alone(text, dispenseRequest=handed_out(27, "viên"))
    boxes = words_alone(text, dispenseRequest=handed_out(2, "hộp"))

    assert only_rule(week).last_day == date(2026, 11, 26)
    assert odd is None
    assert only_rule(boxes).last_day is None


@pytest.mark.parametrize(
    "text", ["3 lít/phút", "Theo hướng dẫn của bác sĩ", "12g * 1 thang * 5 ngày", "Uống sáng"]
)
def test_words_alone_outside_the_grammar_stay_words(text: str) -> None:
    assert words_alone(text) is None
