"""Whatever a patient may come to read of a record counts for its restriction, and is masked."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.harness.intake.other_kinds import (
    ALLERGY,
    CONDITION,
    ENCOUNTER,
    HERS,
    IMMUNIZATION,
    ORDER,
    PROCEDURE,
    Resource,
    concept,
)
from tests.harness.intake.read_alone import read, shown
from tests.harness.records.everything import EVERYTHING

MARK, RESTRICTED = "Zymark", "HIV"
NO_WORDS = frozenset(
    {"resourceType", "id", "reference", "system", "code", "value", "status", "type", "url", "uid",
     "start", "end", "contentType", "data", "language", "versionId", "severity", "intent",
     "priority", "criticality", "use"}
)  # fmt: skip
"""Elements that hold no words of a person; those of dates have a digit first."""
BESIDE: dict[str, list[Resource]] = {
    "visit": [
        {"contained": [
            {"resourceType": "Practitioner", "id": "p", "name": [{"text": "BS. Lê Mẫu"}]},
            {"resourceType": "PractitionerRole", "id": "r", "code": [concept("Bác sĩ trực")]},
            {"resourceType": "Location", "id": "l", "name": "Buồng 1"},
            {"resourceType": "HealthcareService", "id": "h", "name": "Phòng khám ngoại trú"},
            {"resourceType": "Condition", "id": "c", "code": concept("Suy tim"), "subject": HERS}],
         "participant": [{"individual": {"reference": "#p"}}, {"individual": {"reference": "#r"}},
                         {"individual": {"reference": "#h"}}],
         "location": [{"location": {"reference": "#l"}}],
         "diagnosis": [{"condition": {"reference": "#c"}}]},
        {"type": [], "serviceType": {}, "reasonCode": [], "text": {
            "status": "generated", "div": "<div><p>Khám định kỳ</p></div>"}},
    ],
    "appointment": [{"cancelationReason": concept("Bác sĩ nghỉ")}],
    "condition": [
        {"code": {}, "text": {"status": "generated", "div": "<div>Đau <b>nửa đầu</b></div>"}},
        {"onsetString": "từ nhỏ", "note": [{"text": "theo dõi"}]},
    ],
    "allergy": [{"onsetString": "lúc nhỏ", "asserter": {"display": "Mẹ bé"}}],
    "immunisation": [
        {"status": "not-done", "statusReason": concept("Đang sốt")},
        {"protocolApplied": [{"doseNumberString": "nhắc lại", "seriesDosesString": "ba mũi",
                              "targetDisease": [concept("A")], "series": "TCMR"}]},
        {"occurrenceString": "năm ngoái"},
        {"reaction": [{"detail": {"display": "Sưng chỗ tiêm"}}]},
    ],
    "procedure": [
        {"statusReason": concept("Hết thuốc mê"), "outcome": concept("Tốt"),
         "bodySite": [concept("bụng")], "note": [{"text": "không sao"}]},
        {"performedString": "hồi nhỏ"},
    ],
    "observation": [
        {"contained": [{"resourceType": "Specimen", "id": "s", "type": concept("Máu tĩnh mạch")},
                       {"resourceType": "Device", "id": "d",
                        "deviceName": [{"name": "Máy số 3", "type": "user-friendly-name"}]}],
         "specimen": {"reference": "#s"}, "device": {"reference": "#d"},
         "method": concept("Soi"), "bodySite": concept("tay"), "note": [{"text": "mẫu tốt"}],
         "component": []},
        {"code": {"extension": [{"url": "urn:x", "valueString": "y"}]},
         "text": {"status": "generated", "div": "<div>Chiều cao</div>"}},
    ],
    "result": [{"conclusionCode": [concept("Bình thường")], "resultsInterpreter": [
        {"display": "BS. Vũ Mẫu"}], "specimen": [{"display": "Máu"}]}],
    "service_request": [{"occurrencePeriod": {"start": "2026-05-05"}, "note": [{"text": "gấp"}]}],
    "imaging_study": [{"procedureCode": [concept("Chụp ngực")], "note": [{"text": "rõ"}]}],
    "medication_statement": [{"note": [{"text": "tự mua"}]}],
    "care_plan": [
        {"contained": [
            {"resourceType": "Goal", "id": "g", "lifecycleStatus": "active", "subject": HERS,
             "description": concept("Đi bộ mỗi ngày")},
            {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "plan",
             "subject": HERS, "medicationCodeableConcept": concept("Sắt")}],
         "goal": [{"reference": "#g"}], "activity": [{"reference": {"reference": "#m"}}]},
        {"activity": [{"detail": {"status": "scheduled", "scheduledString": "mỗi thứ Hai"}}]},
        {"title": "", "category": [], "description": "", "activity": [], "text": {
            "status": "generated", "div": "<div>Nghỉ ngơi</div>"}},
    ],
    "family_history": [{"status": "health-unknown", "dataAbsentReason": concept("Không liên lạc")}],
    "filled_form": [
        {"item": [{"linkId": "a", "text": "Hỏi", "answer": [
            {"valueCoding": {"display": "Có triệu chứng"}}, {"valueUri": "urn:trả-lời"},
            {"valueAttachment": {"title": "ảnh da"}}, {"valueReference": {"display": "Khoa Da"}},
            {"valueQuantity": {"value": 3, "unit": "ly"}}]}]},
        {"item": [], "text": {"status": "generated", "div": "<div>Phiếu giấy</div>"}},
    ],
    "dispensed_medicine": [{"statusReasonCodeableConcept": concept("Hết thuốc")}],
    "given_medicine": [{"dosage": {"method": concept("Tiêm chậm"), "site": concept("Tay phải"),
                                   "dose": {"value": 5, "unit": "giọt"}}}],
}  # fmt: skip
"""What the examples of each kind do not say: more elements, or others in their place."""


def examples() -> Iterator[tuple[str, Resource]]:
    """Give each example with its kind."""
    for table, kind in EVERYTHING.items():
        for more in ({}, *BESIDE.get(table, [])):
            yield table, without_empty(deepcopy(kind.sent[0]) | more)
    for written in (ENCOUNTER, CONDITION, ALLERGY, IMMUNIZATION, PROCEDURE, ORDER):
        yield str(written["resourceType"]), deepcopy(written)


def without_empty(resource: Resource) -> Resource:
    return {name: part for name, part in resource.items() if part not in ({}, [])}


def texts_in(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Give the place of each text that a person may have written."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for name, part in parts:
        if isinstance(part, dict | list):
            yield from texts_in(part, (*at, name))
        elif isinstance(part, str) and not part[:1].isdigit() and may_hold_words(at, name):
            yield (*at, name)


def may_hold_words(at: tuple[str | int, ...], name: str | int) -> bool:
    """Leave out codes: of an allergy, the category is a list of such."""
    return name not in NO_WORDS and at != ("category",)


def with_text(resource: Resource, place: tuple[str | int, ...], words: str) -> Resource:
    changed: Any = deepcopy(resource)
    part = changed
    for step in place[:-1]:
        part = part[step]
    old = part[place[-1]]
    part[place[-1]] = f"<div>{words}</div>" if old.startswith("<") else words
    return dict(changed)


CASES = [
    pytest.param(resource, place, id=f"{n}-{table}-{'.'.join(map(str, place))}")
    for n, (table, resource) in enumerate(examples())
    for place in texts_in(resource)
]


@pytest.mark.parametrize(("resource", "place"), CASES)
def test_a_restricted_word_in_any_text_that_is_shown_restricts(
    resource: Resource, place: tuple[str | int, ...]
) -> None:
    if MARK in shown(read(with_text(resource, place, MARK))):
        assert read(with_text(resource, place, RESTRICTED)).restriction == "hiv"


def test_most_texts_of_the_examples_are_shown() -> None:
    """The rule above would hold for nobody, were nothing shown."""
    texts = [(example, place) for _, example in examples() for place in texts_in(example)]
    marked = [shown(read(with_text(example, place, MARK))) for example, place in texts]

    assert sum(MARK in said for said in marked) > len(texts) * 3 // 4


def test_a_department_that_only_its_service_names_restricts() -> None:
    visit = ENCOUNTER | {"serviceType": concept("Khoa Tâm lý lâm sàng")}

    assert read(visit).restriction == "psychiatric"
    assert read(ENCOUNTER | {"serviceType": concept("Khoa Tim mạch")}).restriction == ""
