from datetime import datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.registration.patients import Identifier
from backend.core.clock import now
from backend.core.database import fetch_value, new_id
from tests.conftest import Database
from tests.harness.auth.steps import tokens_of
from tests.harness.reasons import opened
from tests.harness.support.counter import SEEN, a_counter, makes, types
from tests.harness.support.makers import (
    LAN_ID,
    WHY,
    a_desk,
    a_facility,
    an_agent,
    lan,
    the_hubs_own,
)


async def test_who_was_looked_up_gets_a_slip_that_opens_their_record_at_level_otp(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()

    answer = await makes(desk, patient)

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    slip = answer.json()
    assert (slip["name"], slip["facility"], slip["proof"]) == ("T. T. Lan", "Benh vien Mau", "card")
    lives = datetime.fromisoformat(slip["expiresAt"]) - now()
    assert timedelta(hours=71, minutes=59) < lives <= timedelta(hours=72)
    assert tokens_of(await types(client, slip["activationCode"])).level == "otp"
    row = await database.owner.fetchrow(
        "SELECT patient, subject, why, why_digest, result FROM audit_event"
        " WHERE action = 'support.make_slip'"
    )
    assert opened(row) == (patient, UUID(slip["slip"]), WHY, "done")


async def test_a_newborn_is_found_by_the_mothers_phone_and_gets_a_slip(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    child = await lan(
        database, facility, name="Con bà Lan",
        identifiers=(Identifier("https://benhvien.example/ma", "SS-0001"),),
    )  # fmt: skip
    desk = await a_counter(client, facility)
    await desk.asks("POST", "/patients/search", phone="0912345678", reason=WHY)

    slip = await desk.asks("POST", f"/patients/{child}/slips", proof="birth_certificate")

    tokens = tokens_of(await types(client, slip.json()["activationCode"]))
    me = await client.get("/v1/patients/me", headers=tokens.bearer)
    assert me.status_code == 200
    assert await fetch_value("SELECT proof FROM activation_slip") == "birth_certificate"


async def test_a_new_slip_makes_the_older_one_worthless(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()

    older, newer = await makes(desk, patient), await makes(desk, patient)

    assert (await types(client, older.json()["activationCode"])).status_code == 401
    assert (await types(client, newer.json()["activationCode"])).status_code == 201


async def test_a_list_shows_what_lives_and_never_a_code(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()
    made = (await makes(desk, patient)).json()

    listed = await desk.asks("GET", f"/patients/{patient}/slips")

    assert [each["slip"] for each in listed.json()["items"]] == [made["slip"]]
    assert made["activationCode"][:4] not in listed.text
    assert set(listed.json()["items"][0]) == {
        "slip", "proof", "createdAt", "expiresAt", "tries", "madeBy",
    }  # fmt: skip


async def test_staff_of_another_hospital_find_nobody_here(
    client: AsyncClient, database: Database
) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    patient, desk = await lan(database, theirs), await a_counter(client, ours)

    answers = [
        await desk.asks(method, f"/patients/{whom}/slips{page}", **body)
        for whom in (patient, new_id())
        for method, page, body in (
            ("POST", "", SEEN), ("POST", "/page", SEEN), ("GET", "", {}), ("DELETE", "", {}),
        )
    ]  # fmt: skip

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(403, "search_first")}
    assert await fetch_value("SELECT count(*) FROM activation_slip") == 0
    refused = await database.owner.fetch(
        "SELECT patient, result FROM audit_event WHERE action = 'support.make_slip'"
    )
    assert {tuple(row) for row in refused} == {(None, "search_first")}


async def test_nobody_gets_a_slip_who_was_not_looked_up_first(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)

    answer = await makes(desk, patient)

    assert (answer.status_code, answer.json()["code"]) == (403, "search_first")


@pytest.mark.parametrize("role", ["agent", "supervisor"])
async def test_support_of_no_hospital_has_seen_no_paper(
    client: AsyncClient, database: Database, role: str
) -> None:
    patient = await lan(database, await a_facility(database))
    desk = await the_hubs_own(client, role=role)
    await desk.finds_lan()

    answer = await makes(desk, patient)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_at_a_desk")
    row = await database.owner.fetchval(
        "SELECT result FROM audit_event WHERE action = 'support.make_slip'"
    )
    assert row == "not_at_a_desk"


@pytest.mark.parametrize("role", ["auditor", "operator"])
async def test_who_looks_after_acts_or_machines_makes_no_slip_and_that_is_written_down(
    client: AsyncClient, database: Database, role: str
) -> None:
    patient = await lan(database, await a_facility(database))
    desk = await a_desk(client, await an_agent(role=role))

    answer = await makes(desk, patient)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    row = await database.owner.fetchrow(
        "SELECT action, result FROM audit_event WHERE actor_kind = 'staff' ORDER BY id DESC LIMIT 1"
    )
    assert tuple(row) == ("support.make_slip", "not_allowed")


async def test_there_is_no_slip_for_somebody_who_has_died(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility, deceased_at=now())
    desk = await a_counter(client, facility)
    await desk.finds_lan()

    answer = await makes(desk, patient)

    assert (answer.status_code, answer.json()["code"]) == (409, "deceased")


async def test_the_kind_of_paper_is_one_of_four(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()

    for proof in ("Card", "voice", "", LAN_ID):
        answer = await desk.asks("POST", f"/patients/{patient}/slips", proof=proof)

        assert answer.status_code == 400
        assert LAN_ID not in answer.text
