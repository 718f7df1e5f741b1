"""Document, narrative and paper of a summary say what the app says of each record."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from backend.core.i18n import Language
from backend.records.summary import labels
from backend.records.summary.fhir_parts import UNKNOWN, amount
from backend.records.summary.pdf import Print, page_data
from backend.sandbox.demo.story_bundles import TU, registration
from conformance.ips import wrong_with
from tests.conftest import Database
from tests.harness.auth.steps import sign_in
from tests.harness.records.papers import AT, a_page, an_item, gathered
from tests.harness.records.papers import LAN as LAN_ON_PAPER
from tests.harness.records.papers import a_measurement as measured_item
from tests.harness.records.papers import a_medicine as medicine_item
from tests.harness.records.papers import an_allergy as allergy_item
from tests.harness.records.summary_record import (
    Lan,
    a_condition,
    a_measurement,
    a_medicine,
    a_procedure,
    a_statement,
    a_vaccine,
    an_allergy,
    one,
    section,
)

ALLERGIES, MEDICINES, PROBLEMS, RESULTS = "48765-2", "10160-0", "11450-4", "30954-2"
VACCINES, PROCEDURES = "11369-6", "47519-4"


def words(text: str) -> dict[str, str]:
    return {"text": text}


def by(name: str) -> dict[str, str]:
    return {"display": name}


ALLERGY = an_allergy(
    lastOccurrence="2026-05", recorder=by("ĐD. Lê Mẫu"), asserter=by("BS. Vũ Mẫu"),
    reaction=[{"manifestation": [words("Phát ban")], "description": "Sau năm phút",
               "severity": "severe", "exposureRoute": words("Tiêm"), "note": [words("Tự khỏi")]}],
)  # fmt: skip
CONDITION = a_condition(
    bodySite=[words("bên trái")], severity=words("nặng"), asserter=by("BS. Vũ Mẫu"),
    stage=[{"summary": words("độ hai"), "type": words("lâm sàng")}],
    evidence=[{"code": [words("phù chân")]}], note=[words("Theo dõi")],
)  # fmt: skip
MEDICINE = a_medicine(
    requester=by("BS. Vũ Mẫu"), reasonCode=[words("Tăng huyết áp")], note=[words("Uống đều")],
    statusReason=words("Đổi liều"),
    dispenseRequest={"quantity": {"value": Decimal("28.0"), "unit": "viên"},
                     "numberOfRepeatsAllowed": 2},
)  # fmt: skip
STATEMENT = a_statement(
    statusReason=[words("Tự mua")], category=words("Ở nhà"), dateAsserted="2026-10-01",
    reasonCode=[words("Mất ngủ")],
)  # fmt: skip
VACCINE = a_vaccine(
    manufacturer=by("Hãng Mẫu"), lotNumber="LOT7", expirationDate="2027-01-31",
    doseQuantity={"value": Decimal("0.5"), "unit": "mL"}, location=by("Phòng tiêm 2"),
    performer=[{"actor": by("ĐD. Lê Mẫu")}], reasonCode=[words("Nhắc lại")],
    site=words("Cánh tay"), route=words("Tiêm bắp"), reaction=[{"detail": by("Sốt nhẹ")}],
    protocolApplied=[
        {"series": "TCMR", "doseNumberPositiveInt": 2, "seriesDosesPositiveInt": 3,
         "targetDisease": [words("Bạch hầu"), words("Uốn ván")]},
        {"doseNumberPositiveInt": 1, "targetDisease": [words("Ho gà")]},
    ],
)  # fmt: skip
PROCEDURE = a_procedure(
    category=words("Ngoại khoa"), location=by("Phòng mổ 1"), bodySite=[words("bụng")],
    performer=[{"actor": by("BS. Vũ Mẫu")}], reasonCode=[words("Đau bụng")],
    complication=[words("chảy máu nhẹ")], followUp=[words("tái khám sau một tháng")],
    outcome=words("Tốt"), focalDevice=[{"manipulated": by("Ống dẫn lưu")}],
)  # fmt: skip
MEASUREMENT = a_measurement(
    performer=[by("Khoa Hóa sinh")], specimen=by("Máu"), device=by("Máy số 3"),
    method=words("Điện cực"), bodySite=words("Tay"), note=[words("Mẫu tốt")],
)  # fmt: skip
EVERYTHING = (ALLERGY, CONDITION, MEDICINE, STATEMENT, VACCINE, PROCEDURE, MEASUREMENT)


@pytest.fixture
async def text(lan: Lan) -> str:
    await lan.hospital_sends(*EVERYTHING)
    return await lan.text()


async def test_a_summary_of_whole_records_is_valid(text: str) -> None:
    assert wrong_with(text) == []


async def test_each_entry_has_what_was_sent(text: str) -> None:
    allergy, condition = one(text, "AllergyIntolerance"), one(text, "Condition")
    (reaction,) = allergy["reaction"]
    assert (reaction["description"], reaction["exposureRoute"], reaction["note"]) == (
        "Sau năm phút", words("Tiêm"), [words("Tự khỏi")],
    )  # fmt: skip
    assert (allergy["lastOccurrence"], allergy["recorder"], allergy["asserter"]) == (
        "2026-05", by("ĐD. Lê Mẫu"), by("BS. Vũ Mẫu"),
    )  # fmt: skip
    assert condition["bodySite"] == [words("bên trái")]
    assert condition["stage"] == [{"summary": words("độ hai"), "type": words("lâm sàng")}]
    assert condition["evidence"] == [{"code": [words("phù chân")]}]
    medicine = one(text, "MedicationRequest")
    assert medicine["requester"] == by("BS. Vũ Mẫu")
    assert medicine["reasonCode"] == [words("Tăng huyết áp")]
    assert medicine["dispenseRequest"] == {
        "quantity": {"value": "28.0", "unit": "viên"}, "numberOfRepeatsAllowed": "2",
    }  # fmt: skip
    procedure = one(text, "Procedure")
    assert procedure["complication"] == [words("chảy máu nhẹ")]
    assert procedure["followUp"] == [words("tái khám sau một tháng")]
    assert by("BS. Vũ Mẫu") in [each["actor"] for each in procedure["performer"]]
    measured = one(text, "Observation")
    assert by("Khoa Hóa sinh") in measured["performer"]
    assert (measured["specimen"], measured["device"]) == (by("Máu"), by("Máy số 3"))


async def test_a_vaccine_has_each_plan_with_its_own_diseases(text: str) -> None:
    vaccine = one(text, "Immunization")

    assert vaccine["protocolApplied"] == [
        {"series": "TCMR", "targetDisease": [words("Bạch hầu"), words("Uốn ván")],
         "doseNumberString": "2", "seriesDosesString": "3"},
        {"targetDisease": [words("Ho gà")], "doseNumberString": "1"},
    ]  # fmt: skip
    assert (vaccine["manufacturer"], vaccine["expirationDate"]) == (by("Hãng Mẫu"), "2027-01-31")
    assert vaccine["doseQuantity"] == {"value": "0.5", "unit": "mL"}


@pytest.mark.parametrize(
    ("loinc", "said"),
    [
        (ALLERGIES, ("Phát ban (nặng)", "Sau năm phút", "Tiêm", "Tự khỏi",
                     "Lần gần nhất: 05/2026", "Người xác nhận: BS. Vũ Mẫu")),
        (PROBLEMS, ("Mức độ: nặng", "Vị trí: bên trái", "Giai đoạn: độ hai – lâm sàng",
                    "Dấu hiệu: phù chân", "Ghi chú: Theo dõi")),
        (MEDICINES, ("Lý do: Tăng huyết áp", "Số lượng: 28.0 viên", "Số lần cấp lại: 2",
                     "Người kê: BS. Vũ Mẫu", "Uống đều", "Loại: Ở nhà")),
        (VACCINES, ("Phòng bệnh: Bạch hầu, Uốn ván, Ho gà", "Lịch tiêm: TCMR", "2/3, 1",
                    "Hãng sản xuất: Hãng Mẫu", "Số lô: LOT7", "Hạn dùng: 31/01/2027",
                    "Nơi thực hiện: Phòng tiêm 2", "Phản ứng sau tiêm: Sốt nhẹ")),
        (PROCEDURES, ("Biến chứng: chảy máu nhẹ", "Theo dõi sau đó: tái khám sau một tháng",
                      "Dụng cụ: Ống dẫn lưu", "Nơi thực hiện: Phòng mổ 1", "Kết quả: Tốt")),
        (RESULTS, ("Bệnh phẩm: Máu", "Người thực hiện: Khoa Hóa sinh", "Thiết bị: Máy số 3",
                   "Phương pháp: Điện cực", "Ghi chú: Mẫu tốt")),
    ],
)  # fmt: skip
async def test_the_narrative_says_it_in_words(text: str, loinc: str, said: tuple[str, ...]) -> None:
    div = section(text, loinc)["text"]["div"]

    assert [each for each in said if each not in div] == []


async def test_a_row_from_before_shows_what_it_has(lan: Lan, database: Database, text: str) -> None:
    """What was filed before the fields were there has a body without them."""
    kept = "id,status,facility,asOf,people,note,name,verification,categories,severity,onset"
    fields = f"{{{kept},abated,recordedAt}}"
    await database.owner.execute(
        "UPDATE condition SET body = (SELECT jsonb_object_agg(key, value)"
        " FROM jsonb_each(body::jsonb) WHERE key = ANY ($1::text::text[]))::text",
        fields,
    )

    old = await lan.text()

    assert "stage" not in one(old, "Condition")
    assert "Tăng huyết áp" in section(old, PROBLEMS)["text"]["div"]
    assert wrong_with(old) == []
    page = await lan.client.get("/v1/patients/me/conditions", headers=lan.tokens.bearer)
    assert [each["name"] for each in page.json()["items"]] == ["Tăng huyết áp"]


@pytest.mark.parametrize("gender", [{}, {"gender": "unknown"}])
async def test_a_summary_of_somebody_whose_name_nobody_sent_is_valid(
    lan: Lan, database: Database, gender: dict[str, str]
) -> None:
    registered = registration(TU)
    (entry,) = registered["entry"]
    entry["resource"] = {
        name: part for name, part in entry["resource"].items() if name not in {"name", "gender"}
    } | gender
    assert (await lan.hospital.posts(registered)).status_code == 200
    nameless = replace(lan, tokens=await sign_in(lan.client, database, TU.citizen_id))

    text = await nameless.text()

    assert wrong_with(text) == []
    patient = one(text, "Patient")
    assert patient["name"] == [{"_text": UNKNOWN}]
    assert patient["gender"] == "unknown"
    assert (await nameless.prints()).status_code == 201


@pytest.mark.parametrize(
    ("language", "name", "sex"),
    [(Language.VI, "(chưa biết tên)", "không rõ"), (Language.EN, "(name not known)", "not known")],
)
def test_a_paper_of_somebody_without_a_name_says_so_in_words(
    language: Language, name: str, sex: str
) -> None:
    for said in ("", "unknown"):
        who = replace(LAN_ON_PAPER, name="", sex=said)
        printed = Print(at=AT, until=AT, by="", is_own=True, code="ABCD")
        page = page_data(replace(gathered(), profiles=[who]), printed, language)

        assert [text for _, text in page["person"][:3:2]] == [name, sex]
        assert name in page["footer"]["printed"]


def test_paper_has_the_dosage_by_itself_and_more_below_the_name() -> None:
    view = {"reasons": ["Tăng huyết áp"], "requester": "BS. Vũ Mẫu", "note": "x" * 2_000}
    page = a_page([medicine_item(1, "Amlodipin", "Sáng 1 viên", view=view)])

    (row,) = [row for part in page["sections"] for row in part["rows"]]
    assert row[1] == "Sáng 1 viên"
    assert row[0].startswith("Amlodipin\nLý do: Tăng huyết áp\nNgười kê: BS. Vũ Mẫu\nGhi chú: ")


@pytest.mark.parametrize("language", list(Language))
def test_what_nobody_named_is_said_to_have_no_name(language: Language) -> None:
    nameless = [
        allergy_item(1, ""),
        medicine_item(2, ""),
        measured_item(3, "", Decimal(1)),
        an_item("condition", 4, {"name": "", "onset": None, "recordedAt": None}),
        an_item("procedure", 5, {"name": "", "performed": None}),
        an_item("immunisation", 6, {"vaccine": "", "doseNumber": None, "occurred": None}),
    ]
    page = a_page(nameless, language)

    rows = [row for part in page["sections"] for row in part["rows"]]
    said = labels.NAMELESS.said_in(language)
    assert [row[0].startswith(said) for row in rows] == [True] * len(nameless)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("28 viên", {"value": Decimal(28), "unit": "viên"}),
        ("0.50 mL", {"value": Decimal("0.50"), "unit": "mL"}),
        ("5", {"value": Decimal(5), "unit": None}),
        ("<5 mL", None), ("", None), (None, None), ("một hộp", None), ("1E+9 mg", None),
    ],
)  # fmt: skip
def test_an_amount_is_a_number_only_where_it_is_written_as_one(
    said: str | None, written: Any
) -> None:
    assert amount(said) == written
