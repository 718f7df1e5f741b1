import pytest
from httpx import AsyncClient

from backend.auth.identity import identifiers
from backend.auth.identity.demographics import shortened
from backend.auth.registration import patients
from tests.conftest import Database
from tests.harness.reasons import opened
from tests.harness.support.makers import (
    LAN_ID,
    LAN_PHONE,
    WHY,
    a_desk,
    a_facility,
    as_facility,
    contact_of,
    lan,
)


@pytest.mark.parametrize(
    "number", [{"citizenId": "079 185 000 011"}, {"phone": "091 234 5678"}, {"phone": LAN_PHONE}]
)
async def test_a_patient_is_found_by_a_number_and_shown_masked(
    client: AsyncClient, database: Database, number: dict[str, str]
) -> None:
    patient = await lan(database, await a_facility(database))
    desk = await a_desk(client)

    answer = await desk.asks("POST", "/patients/search", **number, reason=WHY)

    assert answer.json() == {
        "items": [
            {
                "patient": str(patient),
                "name": "T. T. Lan",
                "birthYear": 1985,
                "citizenId": "079*****0011",
                "phones": [
                    {
                        "contact": str(await contact_of(patient)),
                        "masked": "+8491*****78",
                        "kind": "own",
                        "confirmed": True,
                        "wrong": False,
                        "state": "in_use",
                    }
                ],
            }
        ]
    }
    for whole in (LAN_ID, LAN_PHONE, "912345678", "Trần", "1985-03-02"):
        assert whole not in answer.text


async def test_everybody_who_shares_a_phone_is_shown(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    await lan(database, facility)
    child = patients.Person(
        identifiers=(patients.Identifier(identifiers.CITIZEN_ID, "079315000012"),),
        name="Lê Minh", birth_date="2015", sex="male", mobile=LAN_PHONE,
    )  # fmt: skip
    await as_facility(child, facility)
    desk = await a_desk(client)

    answer = await desk.asks("POST", "/patients/search", phone=LAN_PHONE, reason=WHY)

    assert [each["name"] for each in answer.json()["items"]] == ["T. T. Lan", "L. Minh"]


async def test_every_search_is_written_down_also_when_nobody_is_found(
    client: AsyncClient, database: Database
) -> None:
    desk = await a_desk(client)
    nobody = await desk.finds_lan()
    patient = await lan(database, await a_facility(database))
    await desk.finds_lan()

    rows = await database.owner.fetch(
        "SELECT action, patient, why, why_digest, result FROM audit_event"
        " WHERE action IN ('support.search', 'support.case') ORDER BY at"
    )

    assert nobody.json() == {"items": []}
    assert {opened(row) for row in rows} == {
        ("support.search", None, WHY, "not_found"),
        ("support.search", None, WHY, "done"),
        ("support.case", patient, WHY, "done"),
    }
    assert LAN_ID not in str(rows)


@pytest.mark.parametrize(
    "body",
    [
        {"citizenId": LAN_ID},
        {"citizenId": LAN_ID, "reason": "why"},
        {"citizenId": LAN_ID, "reason": "        "},
        {"citizenId": LAN_ID, "reason": WHY, "name": "Lan"},
        {"reason": WHY},
        {"citizenId": LAN_ID, "phone": LAN_PHONE, "reason": WHY},
        {"citizenId": "12345", "reason": WHY},
        {"phone": "12345", "reason": WHY},
    ],
)
async def test_without_a_reason_and_one_proper_number_nothing_is_shown(
    client: AsyncClient, database: Database, body: dict[str, str]
) -> None:
    await lan(database, await a_facility(database))
    desk = await a_desk(client)

    answer = await desk.asks("POST", "/patients/search", **body)

    assert answer.status_code in {400, 422}
    assert "items" not in answer.text
    cases = "SELECT count(*) FROM audit_event WHERE action = 'support.case'"
    assert await database.owner.fetchval(cases) == 0


@pytest.mark.parametrize(
    ("name", "shown"), [("Nguyễn Văn Tư", "N. V. Tư"), ("Đỗ Anh", "Đ. Anh"), ("Y", "Y"), ("", "")]
)
def test_a_name_is_shown_as_initials_and_the_given_name(name: str, shown: str) -> None:
    assert shortened(name) == shown
