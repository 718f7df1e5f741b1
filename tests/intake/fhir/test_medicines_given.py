"""What was handed out or given counts where its sender says so, and is no dose to take."""

from typing import Any

import pytest

from backend.records.views.further_views import DispensedMedicineView, GivenMedicineView
from tests.harness.intake.other_kinds import Resource, concept
from tests.harness.intake.read_alone import example, read, view_of


def handed_out(**more: Any) -> DispensedMedicineView:
    view = view_of(example("dispensed_medicine", **more))
    assert isinstance(view, DispensedMedicineView)
    return view


def given(**more: Any) -> GivenMedicineView:
    view = view_of(example("given_medicine", **more))
    assert isinstance(view, GivenMedicineView)
    return view


@pytest.mark.parametrize(
    "status",
    ["preparation", "in-progress", "cancelled", "on-hold", "entered-in-error", "stopped",
     "declined", "unknown"],
)  # fmt: skip
def test_what_is_not_handed_out_says_so_before_its_dosage(status: str) -> None:
    view = handed_out(status=status)

    assert not view.handed_out
    assert view.caution is not None
    assert view.dosage == f"{view.caution.vi}: Ngày 2 lần, mỗi lần 1 viên"


@pytest.mark.parametrize(
    "status", ["in-progress", "not-done", "on-hold", "entered-in-error", "stopped", "unknown"]
)
def test_what_was_not_given_says_so_before_its_dose(status: str) -> None:
    view = given(status=status, dosage={"dose": {"value": 5, "unit": "mg"}})

    assert not view.given
    assert view.caution is not None
    assert view.dosage == f"{view.caution.vi}: 5 mg"
    assert view.dosage_in_words is not None
    assert view.dosage_in_words.en == f"{view.caution.en}: 5 mg"


def test_only_completed_is_handed_out_or_given() -> None:
    assert handed_out().handed_out
    assert given().given
    assert handed_out().caution is given().caution is None


@pytest.mark.parametrize(
    ("dosage", "words"),
    [
        ({"dose": {"value": 5, "unit": "mg"}, "route": concept("Uống")}, "Đường dùng: Uống, 5 mg"),
        ({"text": "như y lệnh"}, "như y lệnh"),
        ({"dose": {"unit": "mg"}}, "Đơn còn có thông tin khác về cách dùng: hãy hỏi bác sĩ"),
        ({"dose": {"value": 5, "unit": "mg"}, "rateRatio": {"numerator": {"value": 1}}},
         "Đơn còn có thông tin khác về cách dùng: hãy hỏi bác sĩ"),
        ({"rateRatio": {"numerator": {"value": 10, "unit": "mL"},
                        "denominator": {"value": 1, "unit": "h"}}},
         "Tốc độ 10 mL trong 1 giờ"),
        ({}, None),
    ],
)  # fmt: skip
def test_a_dose_once_given_asks_nobody_how_often(dosage: Resource, words: str | None) -> None:
    assert given(dosage=dosage).dosage == words


def test_a_refused_dispense_says_why_by_text_or_by_name() -> None:
    coded = read(example("dispensed_medicine", statusReasonCodeableConcept=concept("Hết thuốc")))
    named = read(example("dispensed_medicine", statusReasonReference={"display": "Tương tác"}))

    for content, words in ((coded, "Hết thuốc"), (named, "Tương tác")):
        (blank,) = [blank for blank in content.blanks if blank.field == "statusReason"]
        assert [name.name for name in blank.names] == [words]
