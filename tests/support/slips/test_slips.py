from datetime import datetime, timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.registration.patients import Identifier
from backend.auth.sessions.slip_rise import raise_slips
from backend.core.clock import now
from backend.core.database import fetch_value, new_id
from backend.core.settings import load_settings
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.auth.steps import tokens_of
from tests.harness.reasons import opened
from tests.harness.support.counter import SEEN, a_counter, makes, types
from tests.harness.support.makers import (
    LAN_ID,
    WHY,
    Desk,
    a_desk,
    a_facility,
    an_agent,
    contact_of,
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


async def level(database: Database) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT level FROM session_chart WHERE ended_at IS NULL ORDER BY id"
    )
    return [row["level"] for row in rows]


async def confirms(desk: Desk, patient: UUID, slip: str) -> Response:
    await desk.finds_lan()
    return await desk.asks(
        "POST", f"/patients/{patient}/slips/{slip}/confirm", proof="card", reason=WHY
    )


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_a_colleague_confirms_is_desk_whether_it_was_used_before_or_not(
    client: AsyncClient, database: Database, when: str
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    colleague = await a_counter(client, facility, "tu")
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()

    if when == "before":
        assert (await confirms(colleague, patient, slip["slip"])).status_code == 204
    await types(client, slip["activationCode"])
    if when == "after":
        assert await level(database) == ["otp"]
        assert (await confirms(colleague, patient, slip["slip"])).status_code == 204

    assert await level(database) == ["desk"]


async def test_nobody_confirms_their_own_slip(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()
    await types(client, slip["activationCode"])

    answer = await confirms(desk, patient, slip["slip"])

    assert (answer.status_code, answer.json()["code"]) == (409, "own_slip")
    assert await level(database) == ["otp"]


async def test_nobody_confirms_another_charts_slip(client: AsyncClient, database: Database) -> None:
    ours, theirs = await a_facility(database), await a_facility(database, "79002")
    patient, elsewhere = await lan(database, ours), await lan(database, theirs)
    desk, other = await a_counter(client, ours), await a_counter(client, theirs, "tu")
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()

    answers = [
        await confirms(other, chart, number)
        for chart, number in ((elsewhere, slip["slip"]), (elsewhere, str(UUID(int=7))))
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, "not_found")}
    assert (await confirms(other, patient, slip["slip"])).status_code == 403


async def test_a_day_without_objection_makes_it_desk(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()
    await types(client, slip["activationCode"])

    async with time_moves(timedelta(hours=23)), database.as_worker():
        assert await raise_slips() == 0
    async with time_moves(timedelta(hours=24, seconds=1)), database.as_worker():
        assert await raise_slips() == 1

    assert await level(database) == ["desk"]


async def test_an_objection_of_the_desk_ends_what_the_slip_opened(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()
    slip = (await makes(desk, patient)).json()
    await types(client, slip["activationCode"])

    answer = await desk.asks("DELETE", f"/patients/{patient}/slips")

    assert answer.status_code == 204
    assert await level(database) == []
    again = await confirms(await a_counter(client, facility, "tu"), patient, slip["slip"])
    assert again.status_code == 404
    async with time_moves(timedelta(hours=25)), database.as_worker():
        assert await raise_slips() == 0


async def test_the_owner_hears_of_a_slip_that_is_made(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()

    await makes(desk, patient)

    told = await database.owner.fetch(
        "SELECT n.patient, d.contact FROM notification n JOIN delivery d ON d.notification = n.id"
        " WHERE n.kind = 'slip.made'"
    )
    assert [tuple(row) for row in told] == [(patient, await contact_of(patient))]


async def test_many_slips_of_one_member_of_staff_in_a_day_raise_an_alarm(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient, desk = await lan(database, facility), await a_counter(client, facility)
    await desk.finds_lan()
    await makes(desk, patient)
    made_by = await database.owner.fetchval("SELECT made_by FROM activation_slip")
    await database.owner.execute(
        "INSERT INTO activation_slip (id, patient, handle, secret_hash, proof, made_by, created_at,"
        " expires_at) SELECT uuidv7(), $1, n::text, '', 'card', $2, hub_clock(), hub_clock()"
        " FROM generate_series(1, $3) n",
        patient, made_by, load_settings().slips_per_staff_day - 2,
    )  # fmt: skip

    await makes(desk, patient)
    few = await alarms(database)
    answer = await makes(desk, patient)

    assert few == []
    assert answer.status_code == 201
    assert await alarms(database) == ["staff.slips"]
