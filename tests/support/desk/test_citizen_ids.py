"""The desk cancels a citizen id that was wrong, and gives it back."""

from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.registration.patients import charts_of_citizen
from tests.conftest import Database
from tests.harness.auth.steps import ask, code_arrives, show
from tests.harness.reasons import opened
from tests.harness.support.makers import LAN_ID, WHY, Desk, a_desk, a_facility, an_agent, lan

SAID = {"citizenId": LAN_ID, "proof": "card", "reason": WHY}


async def a_supervisor(client: AsyncClient, facility: UUID, name: str = "hoa") -> Desk:
    return await a_desk(client, await an_agent(name, role="supervisor", facility=facility))


async def says(desk: Desk, patient: UUID, what: str, **other: str) -> Response:
    return await desk.asks("POST", f"/patients/{patient}/citizen-id/{what}", **(SAID | other))


async def test_a_cancelled_number_finds_nobody_until_it_is_issued_again(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_supervisor(client, facility)
    await desk.finds_lan()

    cancelled = await says(desk, patient, "cancel")
    found = (await desk.finds_lan()).json()
    issued = await says(desk, patient, "issue")

    assert (cancelled.status_code, issued.status_code) == (204, 204)
    assert found == {"items": []}
    assert await charts_of_citizen(LAN_ID) == [patient]
    rows = await database.owner.fetch(
        "SELECT action, patient, why, why_digest FROM audit_event"
        " WHERE action LIKE 'citizen_id.%' ORDER BY id"
    )
    assert [opened(row) for row in rows] == [
        ("citizen_id.cancelled", patient, f"card: {WHY}"),
        ("citizen_id.issued_again", patient, f"card: {WHY}"),
    ]


async def test_a_code_that_was_on_its_way_opens_nothing_any_more(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_supervisor(client, facility)
    challenge = await ask(client, LAN_ID)
    code = await code_arrives(database, challenge)
    await desk.finds_lan()

    await says(desk, patient, "cancel")

    assert (await show(client, challenge, code)).json()["code"] == "wrong_code"


async def test_whose_number_it_is_by_now_keeps_it(client: AsyncClient, database: Database) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    patient, desk = await lan(database, ours), await a_supervisor(client, ours)
    await desk.finds_lan()
    await says(desk, patient, "cancel")
    elsewhere = await lan(database, theirs, birth_date="1986-01-01")
    other = await lan(database, ours, birth_date="1986-01-01")

    answer = await says(desk, patient, "issue")

    assert (answer.status_code, answer.json()["code"]) == (409, "number_in_use")
    assert set(await charts_of_citizen(LAN_ID)) == {elsewhere, other}


async def test_another_facilitys_chart_with_the_number_stands_in_nobodys_way(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    patient, desk = await lan(database, ours), await a_supervisor(client, ours)
    await desk.finds_lan()
    await says(desk, patient, "cancel")
    elsewhere = await lan(database, theirs, birth_date="1986-01-01")

    answer = await says(desk, patient, "issue")

    assert answer.status_code == 204
    assert set(await charts_of_citizen(LAN_ID)) == {patient, elsewhere}


async def test_who_was_not_looked_up_or_has_no_such_number_keeps_what_they_have(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    patient, desk = await lan(database, ours), await a_supervisor(client, ours)
    stranger = await a_supervisor(client, theirs, "tu")

    unasked = await says(desk, patient, "cancel")
    elsewhere = await says(stranger, patient, "cancel")
    await desk.finds_lan()
    other = await says(desk, patient, "cancel", citizenId="046047000012")
    unreadable = await says(desk, patient, "cancel", citizenId="12")

    refused = [each.json()["code"] for each in (unasked, elsewhere, other, unreadable)]
    assert refused == ["search_first", "search_first", "not_found", "not_a_citizen_id"]
    assert await charts_of_citizen(LAN_ID) == [patient]
    rows = await database.owner.fetch(
        "SELECT result FROM audit_event WHERE action = 'support.citizen_id' ORDER BY id"
    )
    assert [row["result"] for row in rows] == refused
