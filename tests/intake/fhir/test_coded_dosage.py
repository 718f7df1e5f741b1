"""A dosage in codes is said in words, all of it, or it is said that more was sent."""

from decimal import Decimal
from typing import Any

import pytest

from backend.intake.fhir.dosage.dosage_words import dosage_of
from backend.intake.fhir.dosage.terms import CONTRADICTS, HOW_OFTEN, MORE
from backend.sandbox.demo.story_bundles import Resource

WEEKLY: Resource = {"repeat": {"frequency": 1, "period": Decimal(1), "periodUnit": "wk"}}


def tablets(number: str, unit: str = "viên") -> Resource:
    return {"doseAndRate": [{"doseQuantity": {"value": Decimal(number), "unit": unit}}]}


def every(frequency: int, period: str, unit: str, **more: Any) -> Resource:
    said = {"frequency": frequency, "period": Decimal(period), "periodUnit": unit}
    return {"timing": {"repeat": said | more}}


def said(*dosages: Resource) -> tuple[str, str]:
    vi, both = dosage_of(dosages)
    assert vi is not None
    assert both is not None
    assert both.vi == vi
    return vi, both.en


@pytest.mark.parametrize(
    ("dosage", "vi", "en"),
    [
        (
            tablets("4") | {"timing": WEEKLY},
            "Mỗi lần 4 viên, mỗi tuần 1 lần",
            "4 viên each time, once a week",
        ),
        (
            tablets("1") | every(1, "6", "h") | {"asNeededCodeableConcept": {"text": "khi sốt"}},
            "Mỗi lần 1 viên, 6 giờ một lần, chỉ khi cần: khi sốt",
            "1 viên each time, every 6 hours, only as needed: khi sốt",
        ),
        (
            every(2, "1", "d", when=["ACM", "HS"]) | {"route": {"text": "bôi ngoài da"}},
            "Đường dùng: bôi ngoài da, mỗi ngày 2 lần, trước bữa sáng, trước khi đi ngủ",
            "Route: bôi ngoài da, 2 times a day, before breakfast, before going to sleep",
        ),
        (
            every(1, "2", "d", frequencyMax=2, periodMax=Decimal(3)) | tablets("5E+2", "mg"),
            "Mỗi lần 500 mg, 1–2 lần mỗi 2–3 ngày",
            "500 mg each time, 1–2 times every 2–3 days",
        ),
        (
            every(1, "1", "d", timeOfDay=["08:00:00", "20:30:00"], dayOfWeek=["mon", "sun"]),
            "Mỗi ngày 1 lần, thứ hai, chủ nhật, lúc 08:00, 20:30",
            "Once a day, Monday, Sunday, at 08:00, 20:30",
        ),
        (
            every(1, "1", "d", boundsDuration={"value": Decimal(5), "code": "d"}, count=5),
            "Mỗi ngày 1 lần, trong 5 ngày, tất cả 5 lần",
            "Once a day, for 5 days, 5 times in all",
        ),
        (
            every(1, "1", "d", boundsPeriod={"start": "2026-12-01", "end": "2026-12-05"}),
            "Mỗi ngày 1 lần, từ 01/12/2026 đến hết 05/12/2026",
            "Once a day, from 01/12/2026 until 05/12/2026",
        ),
        (
            every(1, "1", "d", when=["AC"], offset=30, duration=Decimal(2), durationUnit="h"),
            "Mỗi ngày 1 lần, trước bữa ăn (cách 30 phút, trước mốc đó), mỗi lần kéo dài 2 giờ",
            "Once a day, before a meal (30 minutes before that), for 2 hours each time",
        ),
        (
            {"timing": {"code": {"coding": [{"code": "BID"}]}}} | tablets("1", "TAB"),
            "Mỗi lần 1 viên, mỗi ngày 2 lần",
            "1 tablet each time, twice a day",
        ),
        (
            {"doseAndRate": [{"rateQuantity": {"value": Decimal("50.0"), "code": "mL/h"}}]},
            "Tốc độ 50.0 mL/h",
            "Rate 50.0 mL/h",
        ),
        (
            {
                "asNeededBoolean": True,
                "maxDosePerPeriod": {
                    "numerator": {"value": Decimal(4), "unit": "viên"},
                    "denominator": {"value": Decimal(24), "code": "h"},
                },
            }
            | tablets("1"),
            "Mỗi lần 1 viên, khi cần, nhiều nhất 4 viên trong 24 giờ",
            "1 viên each time, as needed, at most 4 viên in 24 hours",
        ),
        (
            {"route": {"coding": [{"code": "26643006", "display": "Oral"}]}} | every(3, "1", "d"),
            "Đường dùng: uống, mỗi ngày 3 lần",
            "Route: by mouth, 3 times a day",
        ),
    ],
)
def test_codes_are_said_in_words_of_both_languages(dosage: Resource, vi: str, en: str) -> None:
    assert said(dosage) == (vi, en)


@pytest.mark.parametrize(
    "unknown",
    [
        {"timing": {"repeat": {"frequency": 1}}},
        {"timing": {"repeat": {"period": Decimal(1), "periodUnit": "fortnight"}}},
        {"timing": {"repeat": {"when": ["MORN", "IMD"]}}},
        {"timing": WEEKLY | {"extension": [{"url": "http://x.example", "valueCode": "x"}]}},
        {"timing": WEEKLY | {"code": {"coding": [{"code": "QD"}]}}},
        {"timing": {"code": {"coding": [{"code": "Q36H"}]}}},
        {"timing": WEEKLY, "asNeededCodeableConcept": {"coding": [{"code": "25064002"}]}},
        {"timing": WEEKLY, "maxDosePerPeriod": {"numerator": {"value": Decimal(4)}}},
        {"timing": WEEKLY, "cycles": 3},
        {"timing": WEEKLY, "modifierExtension": [{"url": "http://x.example/not"}]},
    ],
)
def test_no_amount_is_said_beside_what_nobody_understands(unknown: Resource) -> None:
    vi, en = said(tablets("4") | unknown)

    assert "4 viên" not in vi + en
    assert vi.lower().endswith(MORE.vi)
    assert en.lower().endswith(MORE.en)


def test_a_way_that_is_only_a_code_leaves_the_amount_and_says_that_more_was_sent() -> None:
    vi, _ = said(tablets("4") | {"timing": WEEKLY, "route": {"coding": [{"code": "99999"}]}})

    assert vi == f"Mỗi lần 4 viên, mỗi tuần 1 lần, {MORE.vi}"


def test_of_several_amounts_none_is_said() -> None:
    two = {"doseAndRate": [*tablets("4")["doseAndRate"], *tablets("2")["doseAndRate"]]}

    vi, _ = said(two | {"timing": WEEKLY})

    assert vi == f"Mỗi tuần 1 lần, {MORE.vi}"


def test_an_amount_alone_says_that_nobody_said_how_often() -> None:
    vi, _ = said(tablets("4"))

    assert vi == f"Mỗi lần 4 viên, {HOW_OFTEN.vi}"


@pytest.mark.parametrize(
    "text",
    ["Uống 4 viên mỗi tuần", "4 viên/tuần", "Bốn viên, tuần một lần", "4 viên once a week"],
)
def test_a_text_that_says_the_same_stands_alone(text: str) -> None:
    dosage = {"text": text, "timing": WEEKLY} | tablets("4")

    assert dosage_of([dosage]) == (text, None)


@pytest.mark.parametrize("text", ["4 viên", "Uống sau khi ăn", "Theo đơn"])
def test_what_a_text_leaves_out_stands_below_it(text: str) -> None:
    vi, en = said({"text": text, "timing": WEEKLY} | tablets("4"))

    assert vi == f"{text}\nMỗi lần 4 viên, mỗi tuần 1 lần"
    assert en == f"{text}\n4 viên each time, once a week"


@pytest.mark.parametrize(
    "text",
    ["Uống 2 viên mỗi tuần", "Ngày uống 3 lần", "Ngày 2 lần, mỗi lần 2 viên", "Mỗi lần 8 viên"],
)
def test_codes_that_say_another_thing_than_the_text_are_not_said(text: str) -> None:
    vi, _ = said({"text": text} | every(2, "1", "d") | tablets("4"))

    assert vi == f"{text}\n{CONTRADICTS.vi.capitalize()}"


def test_another_part_of_the_day_is_another_thing() -> None:
    vi, _ = said({"text": "Sáng 1 viên"} | every(1, "1", "d", when=["EVE"]) | tablets("1"))

    assert vi == f"Sáng 1 viên\n{CONTRADICTS.vi.capitalize()}"


def test_an_amount_of_a_day_is_its_doses_together() -> None:
    text = "Uống 2 viên mỗi ngày, chia 2 lần"

    vi, _ = said({"text": text} | every(2, "1", "d") | tablets("1"))

    assert vi == f"{text}\nMỗi lần 1 viên, mỗi ngày 2 lần"


def test_as_needed_is_not_said_by_any_when() -> None:
    text = "Uống 1 viên trước khi đi ngủ"

    vi, _ = said({"text": text, "asNeededBoolean": True} | tablets("1"))

    assert vi == f"{text}\nMỗi lần 1 viên, khi cần"


def test_an_amount_beside_a_text_without_any_time_says_that_nobody_said_how_often() -> None:
    vi, _ = said({"text": "Theo hướng dẫn"} | tablets("4"))

    assert vi == f"Theo hướng dẫn\nMỗi lần 4 viên, {HOW_OFTEN.vi}"


def test_parts_of_the_day_in_a_text_say_how_often() -> None:
    dosage = {"text": "Sáng 1 viên, tối 1 viên"} | every(2, "1", "d") | tablets("1")

    assert dosage_of([dosage]) == ("Sáng 1 viên, tối 1 viên", None)


def test_steps_are_numbered_in_their_order() -> None:
    first, second = tablets("2") | every(1, "1", "d"), tablets("1") | every(1, "1", "d")

    vi, _ = said(second | {"sequence": 2}, first | {"sequence": 1})

    assert vi == "1) Mỗi lần 2 viên, mỗi ngày 1 lần\n2) Mỗi lần 1 viên, mỗi ngày 1 lần"


def test_what_a_statement_tells_the_patient_is_part_of_its_words() -> None:
    vi, _ = dosage_of(
        [every(1, "1", "d") | {"additionalInstruction": [{"text": "Kiêng rượu"}]}],
        instructions=True,
    )

    assert vi == "Mỗi ngày 1 lần, Kiêng rượu"
