import pytest
from httpx import AsyncClient, Response

from tests.conftest import Database
from tests.harness.auth.steps import PHONE
from tests.harness.reasons import opened
from tests.harness.routes import api_to_read, list_routes
from tests.harness.support.makers import LAN_ID, WHY, Desk, a_desk, a_facility, an_agent, lan

LANS_CARD = f"{LAN_ID}|024000011|Trần Thị Lan|02031985|Nữ|Số 1 đường Ví Dụ|10082021|Cha|Mẹ"
STRANGERS = "046047000012||Trần Văn Ước|01011947|Nam|Thôn Mẫu|05052022"
SIGN_IN = [
    path
    for method, path, _ in list_routes(api_to_read())
    if "/sign-in" in path and method == "POST"
]


async def scans(desk: Desk, text: str) -> Response:
    return await desk.asks("POST", "/cards", text=text)


async def test_a_card_fills_the_form_in_and_finds_the_patient(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    desk = await a_desk(client, await an_agent(facility=facility))

    answer = await scans(desk, LANS_CARD)

    said = answer.json()
    found = said.pop("patient")
    assert said == {
        "citizenId": "079*****0011",
        "nameHint": "Trần Thị Lan",
        "birthDate": "1985-03-02",
        "sex": "female",
        "warnings": [],
    }
    assert found["patient"] == str(patient)
    assert LAN_ID not in answer.text
    assert "Ví Dụ" not in answer.text
    assert "Cha" not in answer.text
    slip = await desk.asks("POST", f"/patients/{patient}/slips", proof="card")
    assert slip.status_code == 201


async def test_a_strangers_card_fills_the_form_in_and_finds_nobody(
    client: AsyncClient, database: Database
) -> None:
    answer = await scans(await a_desk(client), STRANGERS)

    assert (answer.json()["nameHint"], answer.json()["patient"]) == ("Trần Văn Ước", None)


async def test_staff_of_one_hospital_do_not_find_another_hospitals_patient_by_the_card(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    patient = await lan(database, theirs)
    desk = await a_desk(client, await an_agent(facility=ours))

    answer = await scans(desk, LANS_CARD)

    assert answer.json()["patient"] is None
    assert (await desk.asks("POST", f"/patients/{patient}/slips", proof="card")).status_code == 403


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("GD4790123456789|4e67|08/03/1985|2|54|79 - 024|01/01/2026", "insurance_card"),
        ("nothing of the kind", "not_a_citizen_card"),
    ],
)
async def test_another_text_is_refused_by_name_and_not_repeated(
    client: AsyncClient, text: str, code: str
) -> None:
    answer = await scans(await a_desk(client), text)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert text[:10] not in answer.text


async def test_of_a_card_only_the_act_is_written_down(
    client: AsyncClient, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    patient = await lan(database, await a_facility(database))
    desk = await a_desk(client)

    await scans(desk, LANS_CARD)
    await desk.asks("POST", "/cards", text=STRANGERS, reason=WHY)

    rows = await database.owner.fetch(
        "SELECT a::text AS line, patient, why, why_digest, result FROM audit_event a"
        " WHERE action = 'support.card' ORDER BY id"
    )
    assert [opened(row)[1:] for row in rows] == [
        (patient, "the card was shown at the desk", "done"),
        (None, WHY, "not_found"),
    ]
    said = "".join(row["line"] for row in rows) + "".join(capfd.readouterr())
    for hidden in (LAN_ID, "046047000012", "024000011", "Ước", "Ví Dụ"):
        assert hidden not in said


@pytest.mark.parametrize("path", SIGN_IN)
async def test_no_way_in_takes_a_card(client: AsyncClient, database: Database, path: str) -> None:
    await lan(database, await a_facility(database))

    answers = [
        await client.post(path, json=body)
        for name in ("text", "activationCode", "citizenId", "code", "refreshToken", "name")
        for body in ({name: LANS_CARD}, {name: LANS_CARD, "device": PHONE})
    ]

    assert {answer.status_code // 100 for answer in answers} == {4}
    for table in ("session", "staff_session"):
        assert await database.owner.fetchval(f"SELECT count(*) FROM {table}") == 0


def test_the_ways_in_that_were_tried_are_all_there_are() -> None:
    assert len(SIGN_IN) >= 5
