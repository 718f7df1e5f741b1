"""Where codes and words of a dosage count otherwise, nobody is reminded and the doctor is asked."""

from decimal import Decimal
from typing import Any

import pytest

from backend.intake.fhir.dosage.dosage_words import dosage_of, is_certain
from backend.intake.fhir.dosage.terms import CONTRADICTS, MORE
from backend.sandbox.demo.story_bundles import Resource


def taken(frequency: int, unit: str = "d", *, dose: str = "1", **more: Any) -> Resource:
    repeat = {"frequency": frequency, "period": Decimal(1), "periodUnit": unit}
    amount = {"value": Decimal(dose), "unit": "viên"}
    return {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": amount}]} | more


def words(dosage: Resource) -> str:
    said, _ = dosage_of([dosage])
    assert said is not None
    return said


@pytest.mark.parametrize(
    ("text", "dosage"),
    [
        ("Mỗi tuần 4 viên", taken(1, dose="4")),
        ("Uống 4 viên/tuần", taken(1, dose="4")),
        ("Tuần 1 lần, 4 viên", taken(1, dose="4")),
        ("4 tablets once weekly", taken(1, dose="4")),
        ("Thứ 2, thứ 5: 1 viên", taken(1)),
        ("Take on Mondays", taken(1)),
        ("Uống 1 viên mỗi ngày", taken(1, "wk")),
        ("Ngày 1 viên", taken(1, "wk")),
        ("One tablet daily", taken(1, "mo")),
        ("Sáng 1 viên", taken(3)),
        ("Sáng, tối", taken(3)),
        ("Uống nửa viên mỗi tối", taken(1)),
        ("Uống 1/2 viên mỗi tối", taken(1, dose="2")),
        ("Uống 1 ½ viên mỗi tối", taken(1)),
        ("Uống 1 viên rưỡi mỗi tối", taken(1)),
    ],
)
def test_a_text_and_codes_that_count_otherwise_contradict(text: str, dosage: Resource) -> None:
    assert words(dosage | {"text": text}) == f"{text}\n{_capital(CONTRADICTS.vi)}"
    assert not is_certain(dosage | {"text": text})


@pytest.mark.parametrize(
    ("text", "dosage"),
    [
        ("Mỗi tuần 4 viên", taken(1, "wk", dose="4")),
        ("Ngày 1 lần, mỗi tuần 3 ngày", taken(1)),
        ("Uống nửa viên mỗi tối", taken(1, dose="0.5")),
        ("Uống 1/2 viên mỗi tối", taken(1, dose="0.5")),
        ("Uống ½ viên mỗi tối", taken(1, dose="0.5")),
        ("Uống 1 1/2 viên mỗi tối", taken(1, dose="1.5")),
        ("Uống 1½ viên mỗi tối", taken(1, dose="1.5")),
        ("Uống 1 viên rưỡi mỗi tối", taken(1, dose="1.5")),
        ("Uống 1/3 viên mỗi tối", taken(1, dose="0.33")),
        ("Sáng 1 viên, tối 1 viên", taken(2)),
        ("Mũi tiêm thứ hai", taken(1)),
        ("Sáng 1 viên, tái khám thứ 2", taken(1)),
    ],
)
def test_other_spellings_of_the_same_do_not_contradict(text: str, dosage: Resource) -> None:
    assert _capital(CONTRADICTS.vi) not in words(dosage | {"text": text})
    assert is_certain(dosage | {"text": text})


@pytest.mark.parametrize(
    "dosage",
    [
        taken(1, dose="0"),
        taken(1, dose="-1"),
        taken(1) | {"doseAndRate": [{"doseQuantity": {"unit": "viên"}}]},
        {"timing": {"code": {"coding": [{"code": "BID"}], "text": "Ngày 3 lần"}}},
    ],
)
def test_what_is_not_understood_reminds_nobody(dosage: Resource) -> None:
    assert words(dosage).lower().endswith(MORE.vi)
    assert not is_certain(dosage)


def test_words_beside_a_code_of_timing_are_said_once() -> None:
    def of(text: str) -> str:
        return words({"timing": {"code": {"coding": [{"code": "BID"}], "text": text}}})

    assert of("bid") == "Mỗi ngày 2 lần"
    assert of("sau bữa ăn") == "Mỗi ngày 2 lần, sau bữa ăn"


def test_advice_that_is_only_a_code_is_no_advice() -> None:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "311504000"}]}
    said = words({"text": "Ngày 1 lần", "additionalInstruction": [code]})

    assert said == f"Ngày 1 lần\n{_capital(MORE.vi)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
