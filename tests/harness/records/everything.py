"""One patient's whole record, as a hospital sends it, and what of each kind must be read back.

A slice that adds a kind, or a way to read one, adds it to `EVERYTHING`: the story sends all of it
in through the FHIR endpoint and reads every list to its end. The matrix and the tests that go over
every kind take what they need of a kind from here too.
"""

from decimal import Decimal
from typing import Final

from backend.sandbox.demo.story_bundles import Resource
from tests.harness.records.examples_with_events import PDF, WITH_EVENTS, Kind
from tests.harness.records.further_examples import FURTHER
from tests.harness.records.measurements import attached, hers, text

BINHS_NUMBER: Final = "+84907771771"
FACILITY: Final = "Bệnh viện Bảy"
STAY: Final[Resource] = {
    "serviceType": text("Nội tim mạch"), "priority": text("Cấp cứu"),
    "participant": [{"type": [text("Bác sĩ điều trị")],
                     "individual": {"display": "BS. Phạm Mẫu"}}],
    "location": [{"location": {"display": "Buồng 305, nhà B"}, "physicalType": text("Buồng")}],
    "diagnosis": [{"condition": {"display": "Suy tim độ II"}, "use": text("Chẩn đoán ra viện")}],
    "reasonCode": [text("Khó thở")],
    "hospitalization": {"admitSource": text("Phòng khám"), "destination": {"display": "Nhà"},
                        "dischargeDisposition": text("Ra viện")},
}  # fmt: skip
DOSE: Final[Resource] = {
    "manufacturer": {"display": "Hãng Mẫu"}, "expirationDate": "2026-12-31",
    "doseQuantity": {"value": Decimal("0.5"), "unit": "mL"},
    "location": {"display": "Phòng tiêm 2"}, "reasonCode": [text("Tiêm nhắc")],
    "site": text("Cánh tay trái"), "route": text("Tiêm bắp"), "isSubpotent": False,
    "protocolApplied": [
        {"series": "TCMR", "doseNumberPositiveInt": 2, "seriesDosesPositiveInt": 3,
         "targetDisease": [text(disease)]}
        for disease in ("A", "B")
    ],
}  # fmt: skip
OPERATION: Final[Resource] = {
    "category": text("Ngoại khoa"), "location": {"display": "Phòng mổ 1"},
    "performer": [{"actor": {"display": "BS. Vũ Mẫu"}}], "reasonCode": [text("Đau bụng")],
    "reasonReference": [{"display": "Viêm ruột thừa"}], "complication": [text("chảy máu nhẹ")],
    "complicationDetail": [{"display": "Tụ máu"}], "followUp": [text("tái khám sau một tháng")],
    "focalDevice": [{"manipulated": {"display": "Stent"}}], "usedCode": [text("Chỉ khâu")],
}  # fmt: skip
LETTER: Final = "Người bệnh ra viện, tái khám sau 7 ngày.".encode()

EVERYTHING: Final[dict[str, Kind]] = {
    "visit": Kind(
        fields=(
            "admittedFrom asOf diagnoses discharge dischargedTo endsAt facility id kind locations "
            "name note participants people priority reasons role serviceType startsAt status "
            "visitClass"
        ),
        listed_at="visits",
        sent=[
            hers("Encounter", f"e{n}", "finished", **{"class": {"code": code}},
                 period={"start": f"2026-0{n}-01T08:00:00+07:00"},
                 serviceProvider={"display": "Khoa Nội"}, **STAY)
            for n, code in ((7, "AMB"), (8, "EMER"), (9, "IMP"))
        ],
        read=[
            {"visitClass": code, "startsAt": f"2026-0{n}-01T08:00:00+07:00",
             "status": "finished", "people": ["BS. Phạm Mẫu", "Khoa Nội"],
             "serviceType": "Nội tim mạch", "priority": "Cấp cứu", "discharge": "Ra viện",
             "admittedFrom": "Phòng khám", "dischargedTo": "Nhà",
             "participants": [{"name": "BS. Phạm Mẫu", "role": "Bác sĩ điều trị"}],
             "locations": [{"name": "Buồng 305, nhà B", "role": "Buồng"}],
             "diagnoses": [{"name": "Suy tim độ II", "role": "Chẩn đoán ra viện"}],
             "reasons": ["Khó thở"]}
            for n, code in ((7, "AMB"), (8, "EMER"), (9, "IMP"))
        ],
    ),
    **WITH_EVENTS,
    "allergy": Kind(
        fields=(
            "asOf asserter categories criticality description exposureRoute facility id "
            "lastOccurrence manifestations name noneKnown noneKnownOf note onset people reactions "
            "recordedAt recorder severity status substance type verification"
        ),
        listed_at="allergies",
        sent=[
            hers("AllergyIntolerance", f"al{n}", code=text(name), recordedDate=f"202{n}",
                 clinicalStatus={"coding": [{"code": "active"}]},
                 lastOccurrence="2026-05", recorder={"display": "ĐD. Lê Mẫu"},
                 reaction=[{"manifestation": [text(sign)], "description": "Sau năm phút",
                            "severity": "severe", "exposureRoute": text("Ăn phải"),
                            "note": [{"text": "Tự khỏi"}]}])
            for n, name, sign in ((1, "Penicillin", "Nổi mề đay"), (2, "Tôm", "Khó thở"),
                                  (3, "Phấn hoa", "Hắt hơi"))
        ],
        read=[
            {"name": name, "recordedAt": f"202{n}", "status": "active", "noneKnown": False,
             "lastOccurrence": "2026-05", "recorder": "ĐD. Lê Mẫu", "people": ["ĐD. Lê Mẫu"],
             "reactions": [{"substance": None, "manifestations": [sign], "severity": "severe",
                            "onset": None, "description": "Sau năm phút",
                            "exposureRoute": "Ăn phải", "note": "Tự khỏi"}]}
            for n, name, sign in ((1, "Penicillin", "Nổi mề đay"), (2, "Tôm", "Khó thở"),
                                  (3, "Phấn hoa", "Hắt hơi"))
        ],
    ),
    "condition": Kind(
        fields=(
            "abated asOf asserter bodySites categories evidence facility id kind name note onset "
            "people recordedAt recorder severity stage stages status verification"
        ),
        listed_at="conditions",
        sent=[
            hers("Condition", f"c{n}", code=text(name), onsetDateTime=f"20{n}",
                 bodySite=[text("bên trái")], severity=text("nặng"),
                 stage=[{"summary": text("độ hai"), "type": text("lâm sàng")}],
                 evidence=[{"code": [text("phù chân")]}], asserter={"display": "BS. Phạm Mẫu"},
                 clinicalStatus={"coding": [{"code": "active"}]})
            for n, name in ((17, "Tăng huyết áp"), (18, "Đái tháo đường típ 2"), (19, "Gút"))
        ],
        read=[
            {"name": name, "onset": f"20{n}", "bodySites": ["bên trái"], "severity": "nặng",
             "stages": [{"stage": "độ hai", "kind": "lâm sàng"}], "evidence": ["phù chân"],
             "asserter": "BS. Phạm Mẫu", "people": ["BS. Phạm Mẫu"]}
            for n, name in ((17, "Tăng huyết áp"), (18, "Đái tháo đường típ 2"), (19, "Gút"))
        ],
    ),
    "immunisation": Kind(
        fields=(
            "asOf dose doseNumber expires facility id lot maker note occurred people protocols "
            "reactions reasons route series seriesDoses site status statusReason subpotent targets "
            "vaccine where"
        ),
        listed_at="immunisations",
        sent=[
            hers("Immunization", f"i{n}", "completed", vaccineCode=text(name),
                 occurrenceDateTime=f"2025-0{n}-10", lotNumber=f"LOT0{n}", **DOSE)
            for n, name in ((1, "Cúm mùa"), (2, "Viêm gan B"), (3, "Uốn ván"))
        ],
        read=[
            {"vaccine": name, "occurred": f"2025-0{n}-10", "lot": f"LOT0{n}",
             "maker": "Hãng Mẫu", "expires": "2026-12-31", "dose": "0.5 mL",
             "where": "Phòng tiêm 2", "reasons": ["Tiêm nhắc"], "site": "Cánh tay trái",
             "route": "Tiêm bắp", "subpotent": False, "doseNumber": "2", "targets": ["A", "B"],
             "protocols": [{"series": "TCMR", "doseNumber": "2", "seriesDoses": "3",
                            "targets": [disease]} for disease in ("A", "B")]}
            for n, name in ((1, "Cúm mùa"), (2, "Viêm gan B"), (3, "Uốn ván"))
        ],
    ),
    "document": Kind(
        fields=(
            "asOf begins categories createdAt ends events facility facilityKind files id kind "
            "mediaType note people practiceSetting shown size status title whyNot written"
        ),
        listed_at="documents",
        sent=[
            hers("DocumentReference", "d1", "current", description="Giấy ra viện",
                 date="2026-10-02T10:00:00+07:00", content=[attached("text/plain", LETTER)],
                 context={"event": [text("Nằm viện")], "practiceSetting": text("Nội tiết"),
                          "facilityType": text("Bệnh viện"),
                          "period": {"start": "2026-09-25", "end": "2026-10-02"}}),
            hers("DocumentReference", "d2", "current", description="Đơn thuốc",
                 date="2026-10-03T10:00:00+07:00", content=[attached("application/pdf", PDF)]),
            hers("DocumentReference", "d3", "current", description="Hai tệp",
                 date="2026-10-04T10:00:00+07:00",
                 content=[attached("text/plain", LETTER), attached("application/pdf", PDF)]),
        ],
        read=[{"title": "Giấy ra viện", "events": ["Nằm viện"], "practiceSetting": "Nội tiết",
               "facilityKind": "Bệnh viện", "begins": "2026-09-25", "ends": "2026-10-02"},
              {"title": "Đơn thuốc"}, {"title": "Hai tệp"}],
    ),
    "procedure": Kind(
        fields=(
            "asOf bodySites category complications devices ended facility followUp id name note "
            "outcome people performed reasons status statusReason where"
        ),
        listed_at=None,
        sent=[
            hers("Procedure", f"p{n}", "completed", code=text(name),
                 performedDateTime=f"201{n}-05", **OPERATION)
            for n, name in ((1, "Cắt ruột thừa"), (2, "Nội soi dạ dày"), (3, "Khâu vết thương"))
        ],
        read=[
            {"name": name, "performed": f"201{n}-05", "category": "Ngoại khoa",
             "where": "Phòng mổ 1", "complications": ["chảy máu nhẹ", "Tụ máu"],
             "followUp": ["tái khám sau một tháng"], "devices": ["Stent", "Chỉ khâu"],
             "reasons": ["Đau bụng", "Viêm ruột thừa"], "people": ["BS. Vũ Mẫu"],
             "statusReason": None}
            for n, name in ((1, "Cắt ruột thừa"), (2, "Nội soi dạ dày"), (3, "Khâu vết thương"))
        ],
    ),
    "imaging_study": Kind(
        fields=(
            "asOf bodySites descriptions facility id images modalities name note people reasons "
            "series started status where"
        ),
        listed_at=None,
        sent=[
            hers("ImagingStudy", f"s{n}", "available", started=f"2026-0{n}-02T08:00:00+07:00",
                 description=f"Lần {n}", numberOfInstances=n, reasonCode=[text("Ho kéo dài")],
                 location={"display": "Phòng chụp 3"}, referrer={"display": "BS. Phạm Mẫu"},
                 series=[{"uid": f"1.2.{n}", "modality": {"code": code},
                          "description": "Ngực thẳng"}])
            for n, code in ((1, "CT"), (2, "MR"), (3, "DX"))
        ],
        read=[
            {"name": f"Lần {n}", "modalities": [code], "images": str(n),
             "reasons": ["Ho kéo dài"], "where": "Phòng chụp 3", "people": ["BS. Phạm Mẫu"],
             "descriptions": ["Ngực thẳng"]}
            for n, code in ((1, "CT"), (2, "MR"), (3, "DX"))
        ],
    ),
    "service_request": Kind(
        fields=(
            "asOf bodySites categories caution doNotPerform facility id instructions intent "
            "locations name note orderDetails orderedAt people plannedFor priority reasons "
            "specimens status"
        ),
        listed_at=None,
        sent=[
            hers("ServiceRequest", f"o{n}", "completed", intent="order", code=text(name),
                 authoredOn=f"2026-05-0{n}", category=[text("Xét nghiệm")], priority="urgent",
                 orderDetail=[text("lúc đói")], bodySite=[text("tay trái")],
                 specimen=[{"display": "Máu"}], locationCode=[text("Tại giường")],
                 patientInstruction="Nhịn ăn 8 giờ")
            for n, name in ((1, "Công thức máu"), (2, "Điện tim"))
        ],
        read=[
            {"name": name, "intent": "order", "orderedAt": f"2026-05-0{n}",
             "categories": ["Xét nghiệm"], "priority": "urgent", "orderDetails": ["lúc đói"],
             "bodySites": ["tay trái"], "specimens": ["Máu"], "locations": ["Tại giường"],
             "instructions": "Nhịn ăn 8 giờ"}
            for n, name in ((1, "Công thức máu"), (2, "Điện tim"))
        ],
    ),
    "medication_statement": Kind(
        fields=(
            "asOf begins category caution dosage dosageInWords ends facility id name note people "
            "reasons statedAt status statusReasons"
        ),
        listed_at=None,
        sent=[
            hers("MedicationStatement", f"t{n}", "active", medicationCodeableConcept=text(name),
                 effectivePeriod={"start": f"2024-0{n}"}, statusReason=[text("Tự mua")],
                 category=text("Ở nhà"), dateAsserted="2026-10-01",
                 reasonReference=[{"display": "Loãng xương"}])
            for n, name in ((1, "Vitamin D"), (2, "Dầu cá"))
        ],
        read=[
            {"name": name, "begins": f"2024-0{n}", "statusReasons": ["Tự mua"],
             "category": "Ở nhà", "statedAt": "2026-10-01", "reasons": ["Loãng xương"]}
            for n, name in ((1, "Vitamin D"), (2, "Dầu cá"))
        ],
    ),
    **FURTHER,
}  # fmt: skip


def an_example(table: str, whose: Resource, n: int = 0) -> Resource:
    """Give what is sent of a kind as one about this patient.

    Args:
        table: the kind.
        whose: a FHIR Reference to the patient.
        n: which example; all have the id of the first, so that one is another state of it.
    """
    first, said = EVERYTHING[table].sent[0], EVERYTHING[table].sent[n]
    who = {name: whose for name in ("subject", "patient") if name in said}
    return said | {"id": first["id"]} | who
