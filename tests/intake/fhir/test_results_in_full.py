"""Everything that a laboratory says of a measurement is read, digit by digit."""

import json
from decimal import Decimal

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN, encoded
from tests.conftest import Database
from tests.harness.auth.steps import sign_in
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.other_kinds import PRACTITIONER, concept, sent
from tests.harness.intake.reports import Resource, measurement, report


async def text_read(database: Database, client: AsyncClient, hospital: Hospital,
                    *resources: Resource) -> str:  # fmt: skip
    """Give the one result as the app gets it, byte by byte."""
    answer = await hospital.posts(encoded(sent(*resources)))
    assert answer.status_code == 200, answer.text
    lan = await sign_in(client, database, LAN.citizen_id)
    page = await client.get("/v1/patients/me/results", headers=lan.bearer)
    (row,) = page.json()["items"]
    one = await client.get(f"/v1/patients/me/results/{row['id']}", headers=lan.bearer)
    assert one.status_code == 200
    return one.text


MG = {"unit": "mg"}
VALUES: list[tuple[Resource, str]] = [
    ({"valueQuantity": {"value": Decimal("72.50"), "unit": "mg/dL"}},
     '"value":72.50,"comparator":null,"unit":"mg/dL"'),
    ({"valueQuantity": {"value": Decimal("0.010"), "comparator": "<", "code": "ng/mL"}},
     '"value":0.010,"comparator":"<","unit":"ng/mL"'),
    ({"valueQuantity": {"value": Decimal("12345678901234567890.123456789")}},
     '"value":12345678901234567890.123456789'),
    ({"valueCodeableConcept": concept("Dương tính", "POS")}, '"value":"Dương tính"'),
    ({"valueString": "Không thấy"}, '"value":"Không thấy"'),
    ({"valueBoolean": False}, '"value":false'),
    ({"valueInteger": -3}, '"value":-3'),
    ({"valueRange": {"low": {"value": Decimal("1.0"), **MG}, "high": {"value": 5, **MG}}},
     '"value":"1.0 mg – 5 mg"'),
    ({"valueRange": {"low": {"value": Decimal("1.50"), **MG}}}, '"value":"1.50 mg –"'),
    ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": Decimal("128.0")}}},
     '"value":"1 : 128.0"'),
    ({"valueTime": "08:30:00"}, '"value":"08:30"'),
    ({"valueDateTime": "2026-09"}, '"value":"09/2026"'),
    ({"valuePeriod": {"start": "2026-09-01", "end": "2026-09-03"}},
     '"value":"01/09/2026 – 03/09/2026"'),
    ({"valueSampledData": {"origin": {"value": Decimal("2048.0"), "unit": "uV"},
                           "period": Decimal("10.0"), "factor": Decimal("1.612"),
                           "lowerLimit": -3300, "dimensions": 1, "data": "2041 2043 E 2037"}},
     ('"series":{"origin":2048.0,"unit":"µV","period":10.0,"factor":1.612,"lowerLimit":-3300,'
      '"upperLimit":null,"dimensions":1,"data":"2041 2043 E 2037"}')),
    ({"dataAbsentReason": concept("Mẫu bị vỡ hồng cầu")},
     '"absentReason":"Mẫu bị vỡ hồng cầu"'),
]  # fmt: skip


@pytest.mark.parametrize(("value", "read"), VALUES, ids=[f"{n}" for n in range(len(VALUES))])
async def test_a_value_of_every_kind_is_read_as_it_was_written(
    database: Database, client: AsyncClient, hospital: Hospital, value: Resource, read: str
) -> None:
    part = {"code": concept("Phần"), **value}

    text = await text_read(
        database, client, hospital, measurement(**value, component=[part]), report()
    )

    assert text.count(read) == 2


async def test_all_ranges_interpretations_and_circumstances_are_read(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    said = measurement(
        valueQuantity={"value": 5},
        referenceRange=[
            {"low": {"value": Decimal("3.90"), "unit": "mmol/L"},
             "high": {"value": Decimal("6.10"), "unit": "mmol/L"}},
            {"text": "phụ nữ có thai: dưới 5,1", "type": concept("mục tiêu"),
             "appliesTo": [concept("có thai")], "age": {"low": {"value": 18, "unit": "tuổi"}}},
        ],
        interpretation=[concept("Cao", "H"), concept("", "A")],
        method=concept("Hexokinase"),
        bodySite=concept("tay trái"),
        specimen={"display": "Huyết tương"},
        note=[{"text": "Lấy máu lúc đói"}, {"text": "Chạy lại lần hai"}],
    )  # fmt: skip

    (shown,) = json.loads(
        await text_read(database, client, hospital, said, report()), parse_float=str
    )["observations"]

    assert shown["referenceRanges"] == [
        {"low": "3.90", "high": "6.10", "unit": "mmol/L", "text": None, "kind": None,
         "appliesTo": [], "age": None, "unitAsSent": None},
        {"low": None, "high": None, "unit": None, "text": "phụ nữ có thai: dưới 5,1",
         "kind": "mục tiêu", "appliesTo": ["có thai"], "age": "18 tuổi –",
         "unitAsSent": None},
    ]  # fmt: skip
    assert shown["interpretations"] == [{"code": "H", "text": "Cao"}, {"code": "A", "text": "A"}]
    assert (shown["method"], shown["bodySite"], shown["specimen"], shown["note"]) == (
        "Hexokinase", "tay trái", "Huyết tương", "Lấy máu lúc đói\nChạy lại lần hai",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("code", "category"), [("LAB", "laboratory"), ("RAD", "imaging"), ("OTH", None)]
)
async def test_a_report_says_what_sort_it_is_and_whose(
    database: Database, client: AsyncClient, hospital: Hospital, code: str, category: str | None
) -> None:
    await hospital.posts(sent(PRACTITIONER))
    said = report(
        category=[concept("", code)],
        performer=[{"display": "Khoa Xét nghiệm"}],
        resultsInterpreter=[{"reference": "Practitioner/p1"}],
    )

    read = json.loads(
        await text_read(database, client, hospital, measurement(valueInteger=1), said)
    )

    assert (read["category"], read["people"]) == (category, ["Khoa Xét nghiệm", "BS. Lê Minh"])
    assert (read["orderComplete"], read["files"]) == (None, [])
