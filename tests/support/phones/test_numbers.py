from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from tests.conftest import Database, Travel
from tests.harness.reasons import opened
from tests.harness.support.makers import (
    WHY,
    Desk,
    a_confirmed_number,
    a_delivery,
    a_desk,
    a_facility,
    a_notification,
    contact_of,
    lan,
)


async def says_wrong(desk: Desk, patient: UUID, contact: UUID) -> Response:
    path = f"/patients/{patient}/contacts/{contact}/wrong"
    return await desk.asks("POST", path, reason=WHY)


async def takes_back(desk: Desk, patient: UUID, contact: UUID) -> Response:
    return await desk.asks("DELETE", f"/patients/{patient}/contacts/{contact}/wrong")


async def state(database: Database, contact: UUID) -> tuple[bool, bool]:
    row = await database.owner.fetchrow(
        "SELECT confirmed_at IS NOT NULL, wrong_since IS NOT NULL FROM contact_point WHERE id = $1",
        contact,
    )
    return tuple(row)


@pytest.mark.parametrize("status", list(Status))
async def test_what_waits_for_a_wrong_number_is_stopped_and_nothing_else_moves(
    client: AsyncClient, database: Database, status: Status
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    contact = await contact_of(patient)
    notification = await a_notification(database, patient, facility)
    delivery = await a_delivery(database, notification, status, contact=contact)

    answer = await says_wrong(await a_desk(client), patient, contact)

    waited = status in {Status.HELD, Status.PLANNED}
    assert answer.json() == {"contact": str(contact), "wrong": True}
    row = await database.owner.fetchrow("SELECT status, reason FROM delivery")
    assert tuple(row) == (("suppressed", "wrong_number") if waited else (status.value, ""))
    events = await database.owner.fetch("SELECT delivery, status, source FROM delivery_event")
    assert [tuple(event) for event in events] == [(delivery, "suppressed", "staff")] * waited
    assert await state(database, contact) == (True, True)


async def test_a_security_notice_goes_to_a_wrong_number_all_the_same(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    contact = await contact_of(patient)
    for kind in (Kind.PHONE_LOST, Kind.NEW_DEVICE, Kind.PHONE_CHANGED):
        notification = await a_notification(database, patient, facility, kind=kind)
        await a_delivery(database, notification, Status.PLANNED, contact=contact)
    await database.owner.execute("UPDATE notification SET received_event = NULL")

    await says_wrong(await a_desk(client), patient, contact)

    rows = await database.owner.fetch("SELECT status FROM delivery")
    assert [row["status"] for row in rows] == ["planned"] * 3


async def test_a_number_that_the_person_added_is_not_there_to_be_called_wrong(
    client: AsyncClient, database: Database
) -> None:
    patient = await lan(database, await a_facility(database))
    added = await a_confirmed_number(database, patient, "0987654321")

    answer = await says_wrong(await a_desk(client), patient, added)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await state(database, added) == (True, False)


async def test_a_text_that_may_have_arrived_already_stays_open_for_its_receipt(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    contact = await contact_of(patient)
    notification = await a_notification(database, patient, facility)
    await a_delivery(database, notification, Status.PLANNED, contact=contact)
    await database.owner.execute("UPDATE delivery SET verify_before_retry = true")

    await says_wrong(await a_desk(client), patient, contact)

    assert await database.owner.fetchval("SELECT status FROM delivery") == "planned"


async def test_other_numbers_of_the_patient_are_left_alone(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    wrong = await contact_of(patient)
    right = await a_confirmed_number(database, patient, "0987654321")
    notification = await a_notification(database, patient, facility)
    await a_delivery(database, notification, Status.PLANNED, contact=right)

    await says_wrong(await a_desk(client), patient, wrong)

    assert await state(database, right) == (True, False)
    assert await database.owner.fetchval("SELECT status FROM delivery") == "planned"


async def test_it_is_written_down_with_its_reason(client: AsyncClient, database: Database) -> None:
    patient = await lan(database, await a_facility(database))
    contact = await contact_of(patient)

    await says_wrong(await a_desk(client), patient, contact)

    row = await database.owner.fetchrow(
        "SELECT patient, subject, why, why_digest, result FROM audit_event"
        " WHERE action = 'support.wrong_number'"
    )
    assert opened(row) == (patient, contact, WHY, "done")


async def test_within_a_day_it_can_be_taken_back_and_what_was_stopped_be_resent(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    contact = await contact_of(patient)
    notification = await a_notification(database, patient, facility)
    await a_delivery(database, notification, Status.PLANNED, contact=contact)
    desk = await a_desk(client)
    await says_wrong(desk, patient, contact)
    await says_wrong(desk, patient, contact)

    answer = await takes_back(desk, patient, contact)

    assert answer.json()["wrong"] is False
    assert await state(database, contact) == (True, False)
    assert await database.owner.fetchval("SELECT status FROM delivery") == "suppressed"
    await desk.finds_lan()
    assert (await desk.resends(notification)).status_code == 204
    assert await database.owner.fetchval("SELECT count(*) FROM delivery") == 2
    again = await takes_back(desk, patient, contact)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_undo")


async def test_after_a_day_it_cannot_be_taken_back(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    patient = await lan(database, await a_facility(database))
    contact = await contact_of(patient)
    await says_wrong(await a_desk(client), patient, contact)

    async with time_moves(timedelta(hours=25)):
        await database.owner.execute("UPDATE staff SET name = 'tam'")
        answer = await takes_back(await a_desk(client), patient, contact)

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_undo")
    assert await state(database, contact) == (True, True)


async def test_a_number_the_network_called_wrong_stays_so_when_staff_take_back_theirs(
    client: AsyncClient, database: Database
) -> None:
    patient = await lan(database, await a_facility(database))
    contact = await contact_of(patient)
    await database.owner.execute("UPDATE contact_point SET wrong_since = hub_clock()")
    desk = await a_desk(client)
    await says_wrong(desk, patient, contact)

    await takes_back(desk, patient, contact)

    assert await state(database, contact) == (True, True)


async def test_a_number_is_wrong_only_for_the_patient_it_is_kept_for(
    client: AsyncClient, database: Database
) -> None:
    patient = await lan(database, await a_facility(database))
    contact = await contact_of(patient)
    desk = await a_desk(client)

    for ask in (says_wrong, takes_back):
        assert (await ask(desk, UUID(int=1), contact)).status_code == 404

    assert await state(database, contact) == (True, False)
