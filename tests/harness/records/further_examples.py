"""Examples of plans of care, families' conditions, filled-in forms, medicines as given."""

from typing import Final

from backend.sandbox.demo.story_bundles import Resource
from tests.harness.records.examples_with_events import Kind
from tests.harness.records.measurements import hers, text

PLANNED: Final[Resource] = {
    "detail": {
        "kind": "ServiceRequest", "code": text("Đo huyết áp"), "status": "in-progress",
        "statusReason": text("Theo lịch"), "doNotPerform": False, "description": "Đo buổi sáng",
        "scheduledTiming": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
        "reasonCode": [text("Theo dõi")], "quantity": {"value": 30, "unit": "lần"},
        "dailyAmount": {"value": 2, "unit": "lần"}, "location": {"display": "Trạm y tế Mẫu"},
        "performer": [{"display": "ĐD. Lê Mẫu"}], "goal": [{"display": "Huyết áp dưới 130/80"}],
        "productCodeableConcept": text("Máy đo huyết áp"),
    },
    "outcomeCodeableConcept": [text("Đã ổn định")], "progress": [{"text": "Đo đều"}],
    "outcomeReference": [{"display": "Huyết áp tháng 9"}],
}  # fmt: skip
HANDED_OUT: Final[Resource] = {
    "type": text("Cấp lần đầu"), "category": text("Ngoại trú"),
    "performer": [{"actor": {"display": "DS. Vũ Mẫu"}}],
    "quantity": {"value": 20, "unit": "viên"}, "daysSupply": {"value": 10, "unit": "ngày"},
    "whenPrepared": "2026-09-01T08:00:00+07:00", "location": {"display": "Nhà thuốc số 1"},
    "destination": {"display": "Khoa Nội"}, "note": [{"text": "bảo quản lạnh"}],
    "dosageInstruction": [{"text": "Ngày 2 lần, mỗi lần 1 viên"}],
    "substitution": {"wasSubstituted": True, "type": text("Cùng hoạt chất"),
                     "reason": [text("Hết hàng")]},
}  # fmt: skip
GIVEN: Final[Resource] = {
    "statusReason": [text("Theo y lệnh")], "category": text("Nội trú"),
    "performer": [{"actor": {"display": "ĐD. Lê Mẫu"}}], "reasonCode": [text("Sốt cao")],
    "reasonReference": [{"display": "Viêm phổi"}], "device": [{"display": "Bơm tiêm điện"}],
    "note": [{"text": "dung nạp tốt"}],
    "dosage": {"text": "500 mg pha truyền", "route": text("Truyền tĩnh mạch")},
}  # fmt: skip

FURTHER: Final[dict[str, Kind]] = {
    "care_plan": Kind(
        fields=(
            "activities addresses asOf begins categories caution createdAt dailyAmount description "
            "doNotPerform ends facility goals howOften id intent locations name note others "
            "outcomes people products progress quantity reasons scheduled scheduledUntil status "
            "statusReason title"
        ),
        listed_at=None,
        sent=[
            hers("CarePlan", f"cp{n}", "active", intent="plan", title=name,
                 description="Theo dõi tại nhà", category=[text("Tim mạch")],
                 period={"start": f"2026-0{n}-01", "end": f"2026-1{n}-01"}, created="2026-01-05",
                 author={"display": "BS. Phạm Mẫu"}, careTeam=[{"display": "Đội chăm sóc 2"}],
                 addresses=[{"display": "Tăng huyết áp"}], goal=[{"display": "Giảm 3 kg"}],
                 note=[{"text": "gọi khi chóng mặt"}],
                 activity=[PLANNED, {"reference": {"display": "Tái khám tháng 10"}}])
            for n, name in ((1, "Kế hoạch huyết áp"), (2, "Kế hoạch giảm cân"))
        ],
        read=[
            {"title": name, "description": "Theo dõi tại nhà", "intent": "plan",
             "categories": ["Tim mạch"], "begins": f"2026-0{n}-01", "ends": f"2026-1{n}-01",
             "createdAt": "2026-01-05", "addresses": ["Tăng huyết áp"], "caution": None,
             "people": ["BS. Phạm Mẫu", "Đội chăm sóc 2", "ĐD. Lê Mẫu"],
             "goals": ["Giảm 3 kg", "Huyết áp dưới 130/80"], "others": ["Tái khám tháng 10"],
             "products": ["Máy đo huyết áp"], "locations": ["Trạm y tế Mẫu"],
             "outcomes": ["Huyết áp tháng 9"], "note": "gọi khi chóng mặt"}
            for n, name in ((1, "Kế hoạch huyết áp"), (2, "Kế hoạch giảm cân"))
        ],
    ),
    "family_history": Kind(
        fields=(
            "asOf conditions contributedToDeath facility id name note onset outcome people reasons "
            "recordedAt relation status whyUnknown"
        ),
        listed_at=None,
        sent=[
            hers("FamilyMemberHistory", f"fh{n}", "completed", relationship=text(relation),
                 date=f"2026-0{n}-03", name="Trần Thị Mẫu Thân", reasonCode=[text("Hỏi tiền sử")],
                 note=[{"text": "lời bệnh nhân kể"}],
                 condition=[{"code": text(name), "outcome": text("Đã mổ"), "contributedToDeath":
                             False, "onsetString": "năm 50 tuổi", "note": [{"text": "đã ổn"}]}])
            for n, relation, name in ((1, "Mẹ", "Đái tháo đường"), (2, "Ông ngoại", "Đột quỵ"))
        ],
        read=[
            {"relation": relation, "recordedAt": f"2026-0{n}-03", "reasons": ["Hỏi tiền sử"],
             "note": "lời bệnh nhân kể", "people": [],
             "conditions": [{"name": name, "outcome": "Đã mổ", "contributedToDeath": False,
                             "onset": "năm 50 tuổi", "note": "đã ổn"}]}
            for n, relation, name in ((1, "Mẹ", "Đái tháo đường"), (2, "Ông ngoại", "Đột quỵ"))
        ],
    ),
    "filled_form": Kind(
        fields=(
            "answeredAt answers asOf facility id inWords level note people question questions "
            "status text title"
        ),
        listed_at=None,
        sent=[
            hers("QuestionnaireResponse", f"qr{n}", "completed", questionnaire="#form",
                 contained=[{"resourceType": "Questionnaire", "id": "form", "status": "active",
                             "title": f"Phiếu hỏi {n}"}],
                 authored=f"2026-0{n}-07T09:00:00+07:00", author={"display": "ĐD. Lê Mẫu"},
                 item=[{"linkId": "1", "text": "Giấc ngủ", "item": [
                     {"linkId": "1.1", "text": "Ngủ có ngon không?",
                      "answer": [{"valueBoolean": False, "item": [
                          {"linkId": "1.1.1", "text": "Vì sao?",
                           "answer": [{"valueString": "Tiếng ồn"}]}]}]}]}])
            for n in (1, 2)
        ],
        read=[
            {"title": f"Phiếu hỏi {n}", "answeredAt": f"2026-0{n}-07T09:00:00+07:00",
             "people": ["ĐD. Lê Mẫu"],
             "questions": [
                 {"level": "0", "question": "Giấc ngủ", "answers": []},
                 {"level": "1", "question": "Ngủ có ngon không?", "answers": [
                     {"text": "Không", "inWords": {"vi": "Không", "en": "No"}}]},
                 {"level": "2", "question": "Vì sao?", "answers": [
                     {"text": "Tiếng ồn", "inWords": None}]}]}
            for n in (1, 2)
        ],
    ),
    "dispensed_medicine": Kind(
        fields=(
            "asOf category caution daysSupply destination dosage dosageInWords facility handedOut "
            "handedOutAt id kind name note people preparedAt quantity status statusReason "
            "substituted substitution substitutionReasons where"
        ),
        listed_at=None,
        sent=[
            hers("MedicationDispense", f"md{n}", "completed", medicationCodeableConcept=text(name),
                 whenHandedOver=f"2026-09-0{n}T09:00:00+07:00", **HANDED_OUT)
            for n, name in ((1, "Amoxicillin 500 mg"), (2, "Insulin glargine"))
        ],
        read=[
            {"name": name, "handedOut": True, "caution": None, "quantity": "20 viên",
             "daysSupply": "10 ngày", "kind": "Cấp lần đầu", "category": "Ngoại trú",
             "preparedAt": "2026-09-01T08:00:00+07:00", "where": "Nhà thuốc số 1",
             "handedOutAt": f"2026-09-0{n}T09:00:00+07:00", "people": ["DS. Vũ Mẫu"],
             "destination": "Khoa Nội", "dosage": "Ngày 2 lần, mỗi lần 1 viên",
             "note": "bảo quản lạnh", "substituted": True, "substitution": "Cùng hoạt chất",
             "substitutionReasons": ["Hết hàng"]}
            for n, name in ((1, "Amoxicillin 500 mg"), (2, "Insulin glargine"))
        ],
    ),
    "given_medicine": Kind(
        fields=(
            "asOf begins category caution devices dosage dosageInWords ends facility given id name "
            "note people reasons status statusReasons"
        ),
        listed_at=None,
        sent=[
            hers("MedicationAdministration", f"ma{n}", "completed",
                 medicationCodeableConcept=text(name),
                 effectivePeriod={"start": f"2026-09-0{n}T09:00:00+07:00",
                                  "end": f"2026-09-0{n}T09:30:00+07:00"}, **GIVEN)
            for n, name in ((1, "Paracetamol 1 g"), (2, "Ceftriaxone"))
        ],
        read=[
            {"name": name, "given": True, "caution": None, "category": "Nội trú",
             "begins": f"2026-09-0{n}T09:00:00+07:00", "ends": f"2026-09-0{n}T09:30:00+07:00",
             "dosage": "500 mg pha truyền\nĐường dùng: Truyền tĩnh mạch",
             "reasons": ["Sốt cao", "Viêm phổi"], "devices": ["Bơm tiêm điện"],
             "statusReasons": ["Theo y lệnh"], "people": ["ĐD. Lê Mẫu"], "note": "dung nạp tốt"}
            for n, name in ((1, "Paracetamol 1 g"), (2, "Ceftriaxone"))
        ],
    ),
}  # fmt: skip
