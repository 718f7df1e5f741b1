"""The desk looks at a card and says whose number it is."""

import asyncio
from contextvars import Context
from datetime import timedelta
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.phones.phones import ask_the_desk
from backend.core.database import new_id, transaction
from backend.notifications.delivery.receipts import note_receipt
from backend.notifications.delivery_status import Status
from backend.support.audited_action import StaffCaller
from backend.support.phones.phones import confirm_number
from backend.support.rules import Role
from tests.conftest import Database, Travel
from tests.harness.auth.phone_steps import (
    LAN,
    NEW,
    OLD,
    OTHER,
    code_comes,
    contact,
    patient_of,
    registers,
    the_worker_runs,
)
from tests.harness.intake.hospital import a_hospital
from tests.harness.notifications.steps import a_receipt
from tests.harness.reasons import opened
from tests.harness.support.makers import (
    WHY,
    Desk,
    a_counter,
    a_delivery,
    a_desk,
    a_facility,
    a_notification,
    an_agent,
    the_hubs_own,
)

HOUR = timedelta(hours=1)


async def whose(database: Database, chart: UUID) -> UUID:
    facility: UUID = await database.owner.fetchval(
        "SELECT facility FROM patient WHERE id = $1", chart
    )
    return facility


async def says(desk: Desk, patient: UUID, number: UUID, decision: str) -> Response:
    path = f"/patients/{patient}/contacts/{number}/{decision}"
    if decision == "decision":
        return await desk.asks("DELETE", path)
    said = {"reason": WHY} | ({"proof": "card"} if decision == "confirm" else {})
    return await desk.asks("POST", path, **said)


async def lan_with_a_proposal(client: AsyncClient, database: Database) -> UUID:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    await registers(hospital, LAN, mobile=NEW)
    await the_worker_runs(database)
    return await patient_of(database, LAN)


async def codes_go_to(client: AsyncClient, database: Database) -> set[str]:
    _, arrived = await code_comes(client, database, LAN)
    return arrived.addresses()


async def test_the_desk_confirms_a_change_that_waits_for_a_day_and_the_old_number_is_told(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    lan = await lan_with_a_proposal(client, database)
    desk = await a_counter(client)

    answer = await says(desk, lan, await contact(lan), "confirm")
    told = await the_worker_runs(database)
    again = await says(desk, lan, await contact(lan), "confirm")

    assert answer.json()["state"] == "waiting"
    assert answer.json()["usableFrom"] is not None
    assert told.addresses() == {OLD}
    assert again.json()["code"] == "phone_settled"
    assert await codes_go_to(client, database) == {OLD}
    async with time_moves(25 * HOUR):
        assert await codes_go_to(client, database) == {NEW}


async def test_calling_the_old_number_wrong_first_saves_nobody_the_wait(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_with_a_proposal(client, database)
    desk = await a_counter(client)
    await says(desk, lan, await contact(lan, 0), "wrong")

    answer = await says(desk, lan, await contact(lan), "confirm")

    assert answer.json()["state"] == "waiting"
    assert await codes_go_to(client, database) == set()


async def test_a_decision_is_written_down_with_the_card_and_closes_the_task(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_with_a_proposal(client, database)

    await says(await a_counter(client), lan, await contact(lan), "confirm")

    row = await database.owner.fetchrow(
        "SELECT patient, subject, why, why_digest, result FROM audit_event"
        " WHERE action = 'support.number'"
    )
    assert opened(row) == (lan, await contact(lan), f"card: {WHY}", "done")
    assert await database.owner.fetchval("SELECT outcome FROM desk_task") == "confirmed"


async def test_what_a_desk_decided_is_taken_back_within_a_day(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    lan = await lan_with_a_proposal(client, database)
    new, desk = await contact(lan), await a_counter(client)

    for decision in ("confirm", "decline"):
        await says(desk, lan, new, decision)
        undone = await says(desk, lan, new, "decision")
        assert undone.json()["state"] == "proposed"
    nothing = await says(desk, lan, new, "decision")

    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_undo")
    async with time_moves(25 * HOUR):
        assert await codes_go_to(client, database) == {OLD}


async def test_of_two_tasks_about_one_number_the_last_one_is_opened_again(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_with_a_proposal(client, database)
    new, desk = await contact(lan), await a_counter(client)
    settled = await database.owner.fetchval("SELECT id FROM desk_task")
    await desk.asks("POST", f"/tasks/{settled}/done", outcome="nothing_to_do", reason=WHY)
    await ask_the_desk(lan, new)
    await says(desk, lan, new, "confirm")

    undone = await says(desk, lan, new, "decision")

    assert undone.status_code == 200
    assert await database.owner.fetchval("SELECT id FROM desk_task WHERE done_at IS NULL") > settled


async def test_a_change_that_has_come_about_is_not_taken_back(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    lan = await lan_with_a_proposal(client, database)
    await says(await a_counter(client), lan, await contact(lan), "confirm")

    async with time_moves(25 * HOUR):
        desk = await a_desk(client)
        late = [
            (await says(desk, lan, await contact(lan), each)).json()["code"]
            for each in ("decision", "decline")
        ]

    assert late == ["nothing_to_undo", "phone_settled"]


async def test_two_clerks_who_confirm_two_numbers_at_once_change_one(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_with_a_proposal(client, database)
    await registers(await a_hospital(database, client), LAN, mobile=OTHER)
    one, other = await contact(lan, 1), await contact(lan, 2)
    desk = await a_counter(client)
    clerk = StaffCaller(new_id(), new_id(), "minh", Role.SUPERVISOR, await whose(database, lan))

    async with transaction():
        await confirm_number(clerk, lan, one, "card", WHY)
        second = asyncio.create_task(says(desk, lan, other, "confirm"), context=Context())
        _, pending = await asyncio.wait([second], timeout=0.3)
        assert pending, "the second waits for the first"
    answer = await second

    assert (answer.status_code, answer.json()["code"]) == (409, "change_waiting")


async def test_a_desk_decides_only_about_its_own_patients(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_with_a_proposal(client, database)
    elsewhere = await a_facility(database, "79999")
    desk = await a_desk(client, await an_agent("xa", facility=elsewhere))

    for decision in ("confirm", "decline", "decision"):
        assert (await says(desk, lan, await contact(lan), decision)).status_code == 404

    assert await codes_go_to(client, database) == {OLD}


async def test_a_number_that_the_network_gave_up_gets_codes_again_after_the_desk(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await registers(await a_hospital(database, client), LAN)
    lan = await patient_of(database, LAN)
    await code_comes(client, database, LAN)
    attempt = await database.owner.fetchval("SELECT id FROM attempt")
    async with database.as_worker():
        await note_receipt(attempt, a_receipt("SM1", "undelivered", "30005"))
    async with time_moves(HOUR):
        suspect = await codes_go_to(client, database)

        await says(await a_counter(client), lan, await contact(lan), "confirm")
        async with time_moves(HOUR):
            proved = await codes_go_to(client, database)

    assert suspect == set()
    assert proved == {OLD}


async def test_a_phone_that_is_off_three_times_in_a_row_is_suspect(
    client: AsyncClient, database: Database
) -> None:
    hospital = await a_hospital(database, client)
    await registers(hospital, LAN)
    lan = await patient_of(database, LAN)
    number = await contact(lan)
    suspect: list[bool] = []

    for n, word in enumerate(("undelivered", "undelivered", "delivered", *["undelivered"] * 3)):
        notification = await a_notification(database, lan, hospital.facility)
        delivery = await a_delivery(database, notification, Status.SENT, contact=number)
        attempt = new_id()
        await database.owner.execute(
            "INSERT INTO attempt (id, delivery, number, provider_id) VALUES ($1, $2, 1, $3)",
            attempt, delivery, f"SM{n}",
        )  # fmt: skip
        code = "30003" if word == "undelivered" else ""
        await note_receipt(attempt, a_receipt(f"SM{n}", word, code))
        suspect.append(
            await database.owner.fetchval("SELECT wrong_since IS NOT NULL FROM contact_point")
        )

    assert suspect == [False, False, False, False, False, True]


async def test_support_of_no_facility_confirms_no_number(
    client: AsyncClient, database: Database
) -> None:
    lan = await lan_with_a_proposal(client, database)

    answer = await says(await the_hubs_own(client), lan, await contact(lan), "confirm")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_at_a_desk")
    assert await codes_go_to(client, database) == {OLD}
