"""Plans of care, families' conditions and filled-in forms: what is shown of them."""

from typing import Any

import pytest

from backend.intake.fhir.dosage.given_words import timing_words
from backend.intake.fhir.model.datatypes import NotUnderstood
from backend.records.views.further_views import (
    CarePlanView,
    FamilyHistoryView,
    FilledFormView,
)
from tests.harness.intake.other_kinds import CONDITION, HERS, Resource, concept
from tests.harness.intake.read_alone import example, read, shown, view_of
from tests.harness.records.further_examples import FURTHER

MARK = "Zymark"


def plan(**more: Any) -> CarePlanView:
    view = view_of(example("care_plan", **more))
    assert isinstance(view, CarePlanView)
    return view


def relative(**more: Any) -> FamilyHistoryView:
    view = view_of(example("family_history", **more))
    assert isinstance(view, FamilyHistoryView)
    return view


def form(*items: Resource, **more: Any) -> FilledFormView:
    view = view_of(example("filled_form", item=list(items) or None, **more))
    assert isinstance(view, FilledFormView)
    return view


@pytest.mark.parametrize(
    "said",
    [
        {"name": MARK}, {"sex": concept(MARK)}, {"bornString": MARK}, {"ageString": MARK},
        {"deceasedString": MARK}, {"text": {"status": "generated", "div": f"<div>{MARK}</div>"}},
        {"patient": HERS | {"display": MARK}},
        {"condition": [], "text": {"status": "additional", "div": f"<div>{MARK}</div>"}},
        {"reasonReference": [{"reference": "RelatedPerson/r", "display": MARK}]},
        {"contained": [{"resourceType": "RelatedPerson", "id": "r", "name": [{"text": MARK}],
                        "patient": HERS}], "reasonReference": [{"reference": "#r"}]},
    ],
)  # fmt: skip
def test_who_a_relative_is_stands_nowhere(said: Resource) -> None:
    resource = {name: part for name, part in example("family_history", **said).items() if part}

    assert MARK not in shown(read(resource))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"onsetAge": {"value": 48, "unit": "tuổi"}}, "48 tuổi"),
        ({"onsetRange": {"low": {"value": 40}, "high": {"value": 50}}}, "40 – 50"),
        ({"onsetPeriod": {"start": "1990"}}, "1990"),
        ({"onsetString": "lúc trẻ"}, "lúc trẻ"),
        ({}, None),
    ],
)
def test_when_a_relatives_condition_began_is_said_as_sent(said: Resource, text: str | None) -> None:
    (condition,) = relative(condition=[{"code": concept("Gút")} | said]).conditions

    assert (condition.name, condition.onset) == ("Gút", text)


@pytest.mark.parametrize(
    "said",
    [
        {"condition": [{"code": concept("Nhiễm HIV")}]},
        {"condition": [{"code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10",
                                             "code": "B20"}]}}]},
        {"condition": [{"code": concept("Sốt"), "note": [{"text": "có HIV"}]}]},
        {"condition": [{"code": concept("Sốt"), "outcome": concept("HIV dương tính")}]},
        {"note": [{"text": "HIV"}]},
        {"reasonCode": [concept("HIV")]},
    ],
)  # fmt: skip
def test_what_a_relative_has_restricts_as_ones_own(said: Resource) -> None:
    assert read(example("family_history", **said)).restriction == "hiv"
    assert read(example("family_history")).restriction == ""


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"valueBoolean": True}, "Có"), ({"valueBoolean": False}, "Không"),
        ({"valueInteger": 0}, "0"), ({"valueDecimal": 0.5}, "0.5"),
        ({"valueDate": "2026-05"}, "2026-05"), ({"valueTime": "08:00:00"}, "08:00:00"),
        ({"valueDateTime": "2026-05-01T08:00:00+07:00"}, "2026-05-01T08:00:00+07:00"),
        ({"valueString": "đau"}, "đau"), ({"valueUri": "urn:x"}, "urn:x"),
        ({"valueCoding": {"code": "LA6568-5", "display": "Không hề"}}, "Không hề"),
        ({"valueCoding": {"code": "LA6568-5"}}, "LA6568-5"),
        ({"valueQuantity": {"value": 3, "unit": "ly"}}, "3 ly"),
        ({"valueReference": {"display": "Khoa Da liễu"}}, "Khoa Da liễu"),
        ({"valueReference": {"reference": "#o"}}, "Khoa Mắt"),
        ({"valueAttachment": {"contentType": "image/png", "title": "ảnh"}}, "ảnh"),
        ({"valueAttachment": {"contentType": "image/png"}}, "Một tệp: hãy hỏi bệnh viện"),
    ],
)  # fmt: skip
def test_an_answer_of_each_type_stands_in_words(answer: Resource, text: str) -> None:
    clinic = {"resourceType": "Organization", "id": "o", "name": "Khoa Mắt"}
    (asked,) = form({"linkId": "1", "text": "Hỏi", "answer": [answer]}, contained=[clinic],
                    questionnaire=None).questions  # fmt: skip

    assert [said.text for said in asked.answers] == [text]


@pytest.mark.parametrize(
    "reference",
    [
        {"type": "RelatedPerson", "display": MARK},
        {"reference": "RelatedPerson/r1", "display": MARK},
        {"reference": "#r"},
    ],
)
def test_an_answer_never_names_a_relative(reference: Resource) -> None:
    mother = {"resourceType": "RelatedPerson", "id": "r", "patient": HERS, "name": [{"text": MARK}]}
    view = form({"linkId": "1", "text": "Ai?", "answer": [{"valueReference": reference}]},
                contained=[mother], questionnaire=None)  # fmt: skip

    assert view.questions[0].answers == []


def test_a_form_keeps_its_order_and_says_how_deep_each_question_stands() -> None:
    inner = {"linkId": "1.2", "text": "B", "answer": [
        {"valueString": "b", "item": [{"linkId": "x", "text": "C"}]},
        {"valueString": "c", "item": [{"linkId": "y", "text": "D", "answer": [
            {"valueInteger": 1}]}]}]}  # fmt: skip
    view = form({"linkId": "1", "item": [inner]}, {"linkId": "2", "answer": [{"valueInteger": 2}]})

    assert [
        (each.level, each.question, [said.text for said in each.answers]) for each in view.questions
    ] == [(1, "B", ["b", "c"]), (2, "C", []), (2, "D", ["1"]), (0, None, ["2"])]


def test_a_form_is_called_what_its_own_questionnaire_says_and_nothing_else() -> None:
    assert (
        form({"linkId": "1", "text": "A"}, questionnaire="http://x/Questionnaire/q").title is None
    )
    assert form({"linkId": "1", "text": "A"}, questionnaire="#form").title == "Phiếu hỏi 1"


def test_a_plan_without_title_is_called_by_what_else_it_says() -> None:
    assert plan(title=None).title == "Tim mạch"
    assert plan(title=None, category=None).title == "Theo dõi tại nhà"
    narrative = {"status": "generated", "div": "<div>Nghỉ ngơi</div>"}
    unnamed = {"title": None, "category": None, "description": None, "text": narrative}
    assert plan(**unnamed).title == "Đo huyết áp"
    assert plan(**unnamed).note == "gọi khi chóng mặt"
    assert plan(**unnamed, activity=None).title == "Nghỉ ngơi"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"status": "draft"}, "A draft: this is no plan yet"),
        ({"status": "revoked"}, "The plan was called off"),
        ({"status": "completed"}, "The plan is over"),
        ({"intent": "proposal"}, "Only proposed: this is no order"),
        ({"intent": "option"}, "Only proposed: this is no order"),
        ({"intent": "order"}, None),
        ({}, None),
    ],
)
def test_a_plan_that_does_not_count_says_why(said: Resource, words: str | None) -> None:
    caution = plan(**said).caution

    assert (caution and caution.en) == words


def test_an_activity_that_is_not_to_be_done_says_so() -> None:
    detail = {"status": "not-started", "description": "Ăn muối", "doNotPerform": True}
    (activity,) = plan(activity=[{"detail": detail}]).activities

    assert activity.name == "Ăn muối"
    assert activity.caution is not None
    assert activity.caution.en == "This is NOT to be done"


@pytest.mark.parametrize(
    ("timing", "vi"),
    [
        ({"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}, "Mỗi ngày 2 lần"),
        ({"repeat": {"frequency": 2, "unheard": 1}},
         "Còn có thông tin khác về thời gian: hãy hỏi bác sĩ"),
    ],
)  # fmt: skip
def test_coded_times_of_an_activity_are_words_or_a_question(timing: Resource, vi: str) -> None:
    words = timing_words(timing)

    assert words is not None
    assert words.vi == vi


def test_a_contained_goal_is_called_by_its_description_whatever_contains_it() -> None:
    goal = {"resourceType": "Goal", "id": "g", "lifecycleStatus": "active", "subject": HERS,
            "description": concept("Đi bộ mỗi ngày")}  # fmt: skip
    content = read(example("care_plan", contained=[goal], goal=[{"reference": "#g"}]))
    (blank,) = [blank for blank in content.blanks if blank.field == "goals"]

    assert "Đi bộ mỗi ngày" in {name.name for name in blank.names}
    sign = {"contained": [goal], "evidence": [{"detail": [{"reference": "#g"}]}]}
    assert read(CONDITION | sign).restriction == ""


STATUS_OR_INTENT = [
    (table, element)
    for table, kind in FURTHER.items()
    for element in ("status", "intent")
    if element in kind.sent[0]
]


@pytest.mark.parametrize(("table", "element"), STATUS_OR_INTENT)
def test_a_word_that_is_no_code_is_refused_at_its_place(table: str, element: str) -> None:
    resource = example(table, **{element: "taken"})

    with pytest.raises(NotUnderstood) as refused:
        read(resource)
    assert [fault.path for fault in refused.value.faults] == [
        f"{resource['resourceType']}.{element}"
    ]


@pytest.mark.parametrize("table", FURTHER)
@pytest.mark.parametrize("deep", [False, True])
def test_what_changes_the_meaning_is_refused_wherever_it_stands(table: str, *, deep: bool) -> None:
    changed = [{"url": "urn:not-so", "valueBoolean": True}]
    note = {"note": [{"text": "x", "modifierExtension": changed}]}
    resource = example(table, **(note if deep else {"modifierExtension": changed}))

    with pytest.raises(NotUnderstood) as refused:
        read(resource)
    assert any("modifierExtension" in fault.path for fault in refused.value.faults)


def test_what_no_patient_may_be_told_is_left_out_with_all_below_it() -> None:
    forbidden = concept("Giới tính thai nhi")
    below = {"linkId": "1.1", "text": "Kết quả", "answer": [{"valueString": "Nam"}]}
    asked = form({"linkId": "1", "text": "Giới tính thai nhi", "item": [below]},
                 {"linkId": "2", "text": "Tuần thai",
                  "answer": [{"valueInteger": 20}]})  # fmt: skip
    done = plan(activity=[{"detail": {"status": "completed", "code": forbidden},
                           "outcomeCodeableConcept": [concept("Nam")]}])  # fmt: skip
    seen = relative(condition=[{"code": forbidden, "outcome": concept("Nam")}])

    assert [each.question for each in asked.questions] == ["Tuần thai"]
    assert (done.activities, seen.conditions) == ([], [])


def test_a_question_is_what_it_asks_below_its_heading() -> None:
    below = {"linkId": "1.1", "text": "Giới tính", "answer": [{"valueString": "Nam"}]}

    (heading,) = form({"linkId": "1", "text": "Thai nhi", "item": [below]}).questions
    _, asked = form({"linkId": "1", "text": "Người bệnh", "item": [below]}).questions
    assert (heading.question, asked.question) == ("Thai nhi", "Giới tính")
