"""Measurements of every kind of value, and what of each must be read back."""

from base64 import b64encode
from decimal import Decimal
from typing import Any, Final

from backend.sandbox.demo.story_bundles import Resource, StoryPerson

BINH: Final = StoryPerson("Phạm Thị Bình", "BN0771", "079186000771", "1986-07-07", "female",
                     "0907771771")  # fmt: skip
HERS: Final = {"identifier": {"system": "urn:bvmau:patient", "value": BINH.hospital_number}}

Fields = dict[str, Any]
"""What an answer must say, among other things; numbers as text, letter by letter."""


def text(words: str) -> Resource:
    return {"text": words}


_OF_A_PATIENT = {"AllergyIntolerance", "Immunization", "FamilyMemberHistory"}


def hers(kind: str, name: str, status: str = "", /, **more: Any) -> Resource:
    """Make a resource of hers."""
    whose = "patient" if kind in _OF_A_PATIENT else "subject"
    own = {"resourceType": kind, "id": name, **({"status": status} if status else {})}
    return own | ({} if kind == "Appointment" else {whose: HERS}) | more


def attached(media_type: str, body: bytes) -> Resource:
    return {"attachment": {"contentType": media_type, "data": b64encode(body).decode()}}


def measured(name: str, words: str, **value: Any) -> Resource:
    return hers(
        "Observation", name, "final", code=text(words),
        effectiveDateTime="2026-10-01T08:00:00+07:00", **value,
    )  # fmt: skip


def amount(value: str, unit: str, **more: Any) -> Resource:
    return {"value": Decimal(value), "unit": unit, **more}


_PRESSURE: Final = [
    {"code": text("Tâm thu"), "valueQuantity": amount("120", "mmHg")},
    {"code": text("Tâm trương"), "valueQuantity": amount("80.0", "mmHg")},
]
_SAMPLED: Final = {"origin": {"value": 0, "unit": "mV"}, "period": 10, "dimensions": 1,
                   "data": "1.10 2.20 E"}  # fmt: skip
IN_A_REPORT: Final[dict[str, tuple[Resource, Fields]]] = {
    "quantity": (
        measured(
            "quantity", "Kali",
            valueQuantity=amount("3.50", "mmol/L"),
            referenceRange=[{"low": amount("3.5", "mmol/L"), "high": amount("5.10", "mmol/L")}],
            interpretation=[{"coding": [{"code": "N"}], "text": "Bình thường"}],
        ),
        {
            "name": "Kali", "value": "3.50", "unit": "mmol/L",
            "referenceRanges": [{"low": "3.5", "high": "5.10", "unit": "mmol/L", "text": None,
                                 "kind": None, "appliesTo": [], "age": None, "unitAsSent": None}],
            "interpretations": [{"code": "N", "text": "Bình thường"}],
        },
    ),
    "less": (
        measured("less", "CRP", valueQuantity=amount("0.10", "mg/L", comparator="<")),
        {"name": "CRP", "comparator": "<", "value": "0.10", "unit": "mg/L"},
    ),
    "large": (
        measured("large", "Tải lượng", valueQuantity=amount("123456789.10", "IU/mL")),
        {"name": "Tải lượng", "value": "123456789.10", "unit": "IU/mL"},
    ),
    "words": (
        measured("words", "Màu sắc", valueString="vàng trong"),
        {"name": "Màu sắc", "value": "vàng trong", "unit": None},
    ),
    "concept": (
        measured("concept", "Nhóm máu", valueCodeableConcept=text("O Rh(+)")),
        {"name": "Nhóm máu", "value": "O Rh(+)"},
    ),
    "yes": (
        measured("yes", "Protein niệu", valueBoolean=False),
        {"name": "Protein niệu", "value": False},
    ),
    "integer": (
        measured("integer", "Hồng cầu niệu", valueInteger=3),
        {"name": "Hồng cầu niệu", "value": "3"},
    ),
    "ratio": (
        measured("ratio", "Hiệu giá",
                 valueRatio={"numerator": {"value": 1}, "denominator": {"value": 128}}),
        {"name": "Hiệu giá", "value": "1 : 128"},
    ),
    "range": (
        measured("range", "Bạch cầu niệu",
                 valueRange={"low": amount("0", "/HPF"), "high": amount("5", "/HPF")}),
        {"name": "Bạch cầu niệu", "value": "0 /HPF – 5 /HPF"},
    ),
    "moment": (
        measured("moment", "Kỳ kinh cuối", valueDateTime="2026-09-12"),
        {"name": "Kỳ kinh cuối", "value": "12/09/2026", "valueAsSent": "2026-09-12"},
    ),
    "hour": (
        measured("hour", "Giờ lấy mẫu", valueTime="07:30:00"),
        {"name": "Giờ lấy mẫu", "value": "07:30", "valueAsSent": "07:30:00"},
    ),
    "period": (
        measured("period", "Gom nước tiểu",
                 valuePeriod={"start": "2026-09-30", "end": "2026-10-01"}),
        {"name": "Gom nước tiểu", "value": "30/09/2026 – 01/10/2026",
         "valueAsSent": "2026-09-30 – 2026-10-01"},
    ),
    "drawn": (
        measured("drawn", "Điện tim", valueSampledData=_SAMPLED),
        {
            "name": "Điện tim", "value": None,
            "series": {"origin": "0", "unit": "mV", "period": "10", "factor": None,
                       "lowerLimit": None, "upperLimit": None, "dimensions": "1",
                       "data": "1.10 2.20 E"},
        },
    ),
    "nothing": (
        measured("nothing", "Magie", dataAbsentReason=text("không đủ mẫu")),
        {"name": "Magie", "value": None, "absentReason": "không đủ mẫu"},
    ),
}  # fmt: skip
"""Every type of value that an Observation may have."""
ALONE: Final = (
    measured(
        "pressure",
        "Huyết áp",
        component=_PRESSURE,
        performer=[{"display": "Khoa Khám bệnh"}],
        device={"display": "Máy đo cánh tay"},
    ),
    {"name": "Huyết áp", "value": None, "people": ["Khoa Khám bệnh"], "device": "Máy đo cánh tay"},
)
