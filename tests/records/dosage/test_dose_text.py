"""The dose text of the insurance XML gives the right doses, or none at all."""

from decimal import Decimal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.records.dosage.insurance_text import (
    UNITS,
    DoseText,
    PartOfDay,
    course_days,
    read_dose_text,
)

SANG, TRUA, CHIEU, TOI = PartOfDay


@pytest.mark.parametrize(
    ("text", "per_dose", "times", "days"),
    [
        ("2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]", "2", 2, 5),
        ("2 viên/lần * 2 lần/ngày * 5 ngày", "2", 2, 5),
        ("1 lọ/lần * 2 lần/ngày * 01 ngày [2 lọ/ngày]", "1", 2, 1),
        ("1/2 Viên/lần*1 lần/ngày*30 ngày [0,5 viên/ngày]", "0.5", 1, 30),
        ("2.5 ml / lần x 3 lần / ngày x 7 ngày [7,5 ml/ngày]", "2.5", 3, 7),
        ("2 vien/lan * 2 lan/ngay * 5 ngay", "2", 2, 5),
    ],
)
def test_so_much_so_often_so_long(text: str, per_dose: str, times: int, days: int) -> None:
    dose = read_dose_text(text)

    assert dose is not None
    assert (dose.per_dose, dose.times_a_day, dose.days) == (Decimal(per_dose), times, days)
    assert dose.per_day == Decimal(per_dose) * times
    assert dose.parts is None
    assert dose.reminds


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Sáng: 3 viên, Chiều: 2 viên, Tối: 1 viên [6 viên/ngày]",
            {SANG: 3, CHIEU: 2, TOI: 1},
        ),
        ("Uống, sáng 2 Viên; trưa 2 Viên; tối 2 Viên", {SANG: 2, TRUA: 2, TOI: 2}),
        ("Sáng 1 viên, trưa 0 viên, tối 1/2 viên", {SANG: 1, TOI: Decimal("0.5")}),
        ("Sáng 1,5 viên * 10 ngày", {SANG: Decimal("1.5")}),
    ],
)
def test_so_much_at_which_part_of_the_day(text: str, parts: dict[PartOfDay, Decimal]) -> None:
    dose = read_dose_text(text)

    assert dose is not None
    assert dose.parts == parts
    assert dose.times_a_day == len(parts)


def test_traditional_medicine_is_read_and_never_reminds() -> None:
    dose = read_dose_text("12g * 1 thang * 5 ngày")

    assert dose is not None
    assert (dose.per_dose, dose.unit) == (Decimal(12), "g")
    assert (dose.decoctions, dose.days) == (1, 5)
    assert not dose.reminds


AS_TEXT = [
    "3 lít/phút", "Theo hướng dẫn của bác sĩ", "", "1-2 viên/lần * 2 lần/ngày * 5 ngày",
    "1 viên/lần * 2-3 lần/ngày * 5 ngày", "2 viên/lần * 2 lần/ngày * 5 ngày [5 viên/ngày]",
    "2 viên/lần * 2 lần/ngày * 5 ngày [4 gói/ngày]", "2 viên khi đau/lần * 2 lần/ngày * 5 ngày",
    "2 viên/lần * 2 lần/ngày * 5 ngày khi sốt", "2 viên/lần * 2 lần/tuần * 5 ngày",
    "0 viên/lần * 2 lần/ngày * 5 ngày", "2 viên/lần * 0 lần/ngày * 5 ngày",
    "2 viên/lần * 13 lần/ngày * 5 ngày", "1,500 mg/lần * 1 lần/ngày * 5 ngày",
    "Sáng: 3 viên, Sáng: 2 viên", "Sáng: 3 viên, Tối: 2 gói", "Sáng: 3 viên [4 viên/ngày]",
    "Sáng 0 viên", "Sáng 1 viên, tối 1 viên khi đau", "1/3 viên/lần * 1 lần/ngày * 3 ngày",
    "3/2 viên/lần * 1 lần/ngày * 3 ngày", "Sáng 1 viên hoặc tối 1 viên", "Sáng 1 viên cách ngày",
    "viên", "2 viên/lần", "x" * 2000, "Tối đa 2 viên", "2 bánh/lần * 2 lần/ngày * 5 ngày",
]  # fmt: skip


@pytest.mark.parametrize("text", AS_TEXT)
def test_what_is_not_certain_stays_text(text: str) -> None:
    assert read_dose_text(text) is None


@pytest.mark.parametrize(
    ("instructions", "parts"),
    [
        ("", None), ("Uống", None), ("Uống sau ăn", None), ("trước khi ăn 30 phút", None),
        ("Uống sáng và tối, trong bữa ăn", {SANG, TOI}), ("sáng - tối", {SANG, TOI}),
        ("Uống sáng, tối sau ăn.", {SANG, TOI}),
    ],
)  # fmt: skip
def test_instructions_may_name_the_parts_of_the_day(
    instructions: str, parts: set[PartOfDay] | None
) -> None:
    dose = read_dose_text("2 viên/lần * 2 lần/ngày * 5 ngày", instructions)

    assert dose is not None
    assert (None if dose.parts is None else set(dose.parts)) == parts
    assert dose.parts is None or set(dose.parts.values()) == {Decimal(2)}


@pytest.mark.parametrize(
    "instructions",
    [
        "Uống khi đau", "Uống cách ngày", "tuần 2 lần", "sáng", "sáng, trưa, tối", "sáng, sáng",
        "Uống sáng và tối nếu sốt", "pha loãng rồi truyền",
    ],
)  # fmt: skip
def test_instructions_that_may_change_the_schedule_leave_only_text(instructions: str) -> None:
    assert read_dose_text("2 viên/lần * 2 lần/ngày * 5 ngày", instructions) is None


def test_instructions_that_contradict_the_named_parts_leave_only_text() -> None:
    assert read_dose_text("Sáng 1 viên, tối 1 viên", "Uống sáng và chiều") is None
    assert read_dose_text("Sáng 1 viên, tối 1 viên", "Uống sáng và tối") is not None


@pytest.mark.parametrize(
    ("text", "quantity", "days"),
    [
        ("2 viên/lần * 2 lần/ngày * 5 ngày", "20", 5),
        ("2 viên/lần * 2 lần/ngày * 5 ngày", "19", None),
        ("2 viên/lần * 2 lần/ngày * 5 ngày", "40", None), ("Sáng: 3 viên", "21", 7),
        ("Sáng: 3 viên", "20", None), ("1/2 viên/lần * 1 lần/ngày * 5 ngày", "3", 5),
        ("Sáng: 3 viên", "0", None),
    ],
)  # fmt: skip
def test_the_days_agree_with_what_was_handed_out(
    text: str, quantity: str, days: int | None
) -> None:
    dose = read_dose_text(text)

    assert dose is not None
    assert course_days(dose, Decimal(quantity)) == days


AMOUNTS = st.decimals(min_value="0.25", max_value=20, places=2)


@given(AMOUNTS, st.integers(1, 12), st.integers(1, 366), st.sampled_from(sorted(UNITS.values())))
def test_what_is_written_by_the_grammar_is_read_back(
    dose: Decimal, times: int, days: int, unit: str
) -> None:
    text = f"{dose} {unit}/lần * {times} lần/ngày * {days} ngày [{dose * times} {unit}/ngày]"

    for spelled in (text, text.upper(), normalize("NFD", text), text.replace(".", ",")):
        found = read_dose_text(spelled)
        assert found == DoseText(
            unit=unit, times_a_day=times, per_dose=dose, per_day=dose * times, days=days
        )


@given(st.dictionaries(st.sampled_from(list(PartOfDay)), AMOUNTS, min_size=1))
def test_parts_written_in_any_order_are_read_back(parts: dict[PartOfDay, Decimal]) -> None:
    found = read_dose_text("; ".join(f"{part} {amount} viên" for part, amount in parts.items()))

    assert found is not None
    assert found.parts == parts


DOUBTS = ["khi đau", "hoặc", "nếu cần", "cách", "tối đa", "-3", "~", "?", "(sốt)", "tuần", "/"]


@given(st.sampled_from(DOUBTS), st.integers(0, 47))
def test_one_word_of_doubt_anywhere_leaves_only_text(doubt: str, place: int) -> None:
    plain = "2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]"

    assert read_dose_text(plain) is not None
    assert read_dose_text(f"{plain[:place]} {doubt} {plain[place:]}") is None
