import pytest
from httpx import AsyncClient

from backend.auth.identity import identifiers
from backend.auth.identity.demographics import shortened
from backend.auth.registration import patients
from tests.conftest import Database
from tests.harness.makers import a_contact
from tests.harness.reasons import opened
from tests.harness.support.makers import (
    LAN_ID,
    LAN_PHONE,
    WHY,
    a_desk,
    a_facility,
    a_session,
    an_agent,
    as_facility,
    contact_of,
    lan,
    reaches,
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
                        "wrong": False,
                    }
                ],
                "appReaches": False,
            }
        ]
    }
    for whole in (LAN_ID, LAN_PHONE, "912345678", "Trần", "1985-03-02"):
        assert whole not in answer.text


@pytest.mark.parametrize(
    ("searched", "found"),
    [
        ("BN-7", 2), ({"system": "urn:b", "value": "BN-7"}, 1), ("BN-8", 0),
        ({"system": "urn:other", "value": "BN-7"}, 1), ({"system": "urn:no", "value": "BN-7"}, 0),
    ],
)  # fmt: skip
async def test_a_patient_is_found_by_a_number_of_the_desks_own_facility(
    client: AsyncClient, database: Database, searched: object, found: int
) -> None:
    facility, elsewhere = await a_facility(database), await a_facility(database, "79002")
    here = [
        await lan(database, facility, identifiers=(patients.Identifier(system, "BN-7"),), **other)
        for system, other in (("urn:b", {}), ("urn:other", {"birth_date": "1990-01-02"}))
    ]
    own = patients.Identifier("urn:b", "BN-7"), patients.Identifier("urn:b", "BN-8")
    for number in own:
        await lan(database, elsewhere, identifiers=(number,))
    desk = await a_desk(client, await an_agent(facility=facility))

    answer = await desk.asks("POST", "/patients/search", hospitalNumber=searched, reason=WHY)

    assert answer.status_code == 200, answer.text
    assert {each["patient"] for each in answer.json()["items"]} <= {str(each) for each in here}
    assert len(answer.json()["items"]) == found


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
    facility = await a_facility(database)
    desk = await a_desk(client)
    nobody = await desk.finds_lan()
    patient = await lan(database, facility)
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


async def test_no_number_is_shown_or_found_by_that_the_facility_did_not_give(
    client: AsyncClient, database: Database
) -> None:
    patient = await lan(database, await a_facility(database))
    await a_contact(database, patient, "+84987654321")
    desk = await a_desk(client)

    shown = (await desk.finds_lan()).json()["items"]
    sought = await desk.asks("POST", "/patients/search", phone="0987654321", reason=WHY)

    assert [each["masked"] for each in shown[0]["phones"]] == ["+8491*****78"]
    assert sought.json() == {"items": []}


async def test_what_the_person_does_with_a_number_changes_no_byte(
    client: AsyncClient, database: Database
) -> None:
    await lan(database, await a_facility(database))
    desk = await a_desk(client)
    before = (await desk.finds_lan()).content

    for change in (
        "confirmed_by = 'patient', proved_at = hub_clock()",
        "declined_at = hub_clock(), declined_by = 'patient', confirmed_at = NULL",
        "replaced_at = hub_clock()",
        "wrong_since = hub_clock()",
    ):
        await database.owner.execute(f"UPDATE contact_point SET {change}")

        assert (await desk.finds_lan()).content == before


async def test_staff_see_whether_an_app_reaches_the_chart_and_nothing_of_it(
    client: AsyncClient, database: Database
) -> None:
    patient = await lan(database, await a_facility(database))
    desk = await a_desk(client)
    session = await a_session(database, patient)
    await reaches(database, session, patient, level="found")
    found = (await desk.finds_lan()).json()["items"][0]
    await database.owner.execute("UPDATE session_chart SET level = 'otp'")

    reached = (await desk.finds_lan()).json()["items"][0]

    assert (found["appReaches"], reached["appReaches"]) == (False, True)
    assert reached == found | {"appReaches": True}
    await database.owner.execute("UPDATE session SET ended_at = hub_clock()")
    assert (await desk.finds_lan()).json()["items"][0] == found


async def test_a_chart_of_another_facility_is_not_there(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    await lan(database, theirs)
    desk = await a_desk(client, await an_agent(facility=ours))

    known = await desk.finds_lan()
    nobody = await desk.asks("POST", "/patients/search", citizenId="001199999999", reason=WHY)

    assert known.content == nobody.content == b'{"items":[]}'
