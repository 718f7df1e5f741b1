"""A resend helps where a notice was lost; its answer depends on the facility's own words alone."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.clock import now
from backend.core.database import transaction
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from backend.notifications.told import NotTold
from backend.support.audited_action import StaffCaller
from backend.support.messages.resend import REFUSALS, resend
from backend.support.patients.cases import SearchFirst
from backend.support.rules import (
    WRONG_NUMBER,
    Refusal,
    Role,
    SentNotice,
    helps_again,
    refusal_to_resend,
)
from tests.conftest import Database, Travel
from tests.harness.makers import a_contact
from tests.harness.reasons import opened
from tests.harness.support.makers import (
    WHY,
    a_delivery,
    a_desk,
    a_facility,
    a_notification,
    a_phone_with_the_app,
    an_agent,
    contact_of,
    lan,
)

LATER = timedelta(minutes=31)
LOST = {
    Status.SENT, Status.REFUSED, Status.TECHNICAL_FAILURE,
}  # fmt: skip
"""What nobody has after half an hour."""


async def a_notice(database: Database, status: Status, **more: object) -> UUID:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    notification = await a_notification(database, patient, facility)
    contact = await contact_of(patient)
    await a_delivery(database, notification, status, contact=contact, **more)  # type: ignore[arg-type]  # as it takes them
    return notification


async def deliveries(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT count(*) FROM delivery"))


@pytest.mark.parametrize("status", list(Status))
async def test_only_what_is_lost_goes_again_and_the_answer_is_always_the_same(
    client: AsyncClient, database: Database, time_moves: Travel, status: Status
) -> None:
    notification = await a_notice(database, status)

    async with time_moves(LATER):
        desk = await a_desk(client)
        await desk.finds_lan()
        answer = await desk.resends(notification)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await deliveries(database) == (2 if status in LOST else 1)
    written = await database.owner.fetchrow(
        "SELECT why, why_digest, subject, result FROM audit_event WHERE action = 'support.resend'"
    )
    assert opened(written) == (WHY, notification, "done")


async def test_it_is_a_new_delivery_of_the_same_notice_due_now(
    client: AsyncClient, database: Database
) -> None:
    notification = await a_notice(database, Status.REFUSED)
    desk = await a_desk(client)
    await desk.finds_lan()

    await desk.resends(notification)

    old, new = await database.owner.fetch("SELECT * FROM delivery ORDER BY created_at, id")
    assert (new["status"], new["contact"], new["lane"]) == ("planned", old["contact"], old["lane"])
    assert (new["notification"], old["notification"]) == (notification, notification)
    assert new["reference"] != old["reference"]
    assert await database.owner.fetchval("SELECT max(due_at) <= hub_clock() FROM delivery")
    event = await database.owner.fetchrow("SELECT delivery, status, source FROM delivery_event")
    assert tuple(event) == (new["id"], "planned", "staff")


async def test_what_was_asked_for_less_than_ten_minutes_ago_waits(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    notification = await a_notice(database, Status.DELIVERED)
    desk = await a_desk(client)
    await desk.finds_lan()
    assert (await desk.resends(notification)).status_code == 204

    soon = await desk.resends(notification)
    async with time_moves(timedelta(minutes=11)):
        later = await desk.resends(notification)

    assert (soon.status_code, soon.json()["code"]) == (409, "resent_just_now")
    assert later.status_code == 204


async def test_two_who_resend_at_once_send_one(client: AsyncClient, database: Database) -> None:
    notification = await a_notice(database, Status.REFUSED)
    desk = await a_desk(client)
    await desk.finds_lan()

    answers = await asyncio.gather(*(desk.resends(notification) for _ in range(2)))

    assert sorted(each.status_code for each in answers) == [204, 409]
    assert await deliveries(database) == 2


async def test_a_push_that_was_read_is_answered_like_a_text_that_was_lost(
    client: AsyncClient, database: Database
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    device = await a_phone_with_the_app(database, patient)
    notification = await a_notification(database, patient, facility, read=True)
    await a_delivery(database, notification, Status.READ, device=device)
    desk = await a_desk(client)
    await desk.finds_lan()

    answer = await desk.resends(notification)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await deliveries(database) == 1


async def test_what_went_to_a_wrong_number_goes_to_the_right_one(
    client: AsyncClient, database: Database
) -> None:
    notification = await a_notice(database, Status.DELIVERED)
    patient = await database.owner.fetchval("SELECT patient FROM notification")
    facility = await database.owner.fetchval("SELECT facility FROM notification")
    wrong = await contact_of(patient)
    right = await a_contact(database, patient, "+84987654321", facility)
    desk = await a_desk(client)
    await desk.finds_lan()
    await desk.asks("POST", f"/patients/{patient}/contacts/{wrong}/wrong", reason=WHY)

    assert (await desk.resends(notification)).status_code == 204

    newest = await database.owner.fetchval("SELECT contact FROM delivery ORDER BY id DESC LIMIT 1")
    assert newest == right


async def test_what_is_of_no_more_use_is_not_resent(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    notification = await a_notice(database, Status.REFUSED)

    async with time_moves(timedelta(hours=73)):
        desk = await a_desk(client)
        await desk.finds_lan()
        answer = await desk.resends(notification)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")


@pytest.mark.parametrize("kind", [Kind.CODE, Kind.NEW_DEVICE, Kind.PHONE_LOST])
async def test_no_code_and_no_security_notice_is_there_to_be_resent(
    client: AsyncClient, database: Database, kind: Kind
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    notification = await a_notification(database, patient, facility, kind=kind)
    desk = await a_desk(client)
    await desk.finds_lan()

    answer = await desk.resends(notification)

    assert (answer.status_code, answer.json()["code"]) == (403, "search_first")


async def test_a_notice_of_another_facility_is_not_there(
    client: AsyncClient, database: Database
) -> None:
    notification = await a_notice(database, Status.REFUSED)
    other = await a_facility(database, "79002")
    desk = await a_desk(client, await an_agent("tu", facility=other))

    answers = [await desk.resends(each) for each in (notification, UUID(int=7))]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(403, "search_first")}


async def test_who_has_not_looked_the_patient_up_resends_nothing(
    client: AsyncClient, database: Database
) -> None:
    """Nor do they learn whether there is such a notice: unknown ones are answered alike."""
    notification = await a_notice(database, Status.REFUSED)
    desk = await a_desk(client)

    answers = [await desk.resends(each) for each in (notification, UUID(int=7))]

    assert {each.status_code for each in answers} == {403}
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["code"] == "search_first"


async def test_support_of_no_facility_meets_no_notice(database: Database) -> None:
    notification = await a_notice(database, Status.REFUSED)
    support = StaffCaller(UUID(int=1), UUID(int=2), "hub", Role.SUPERVISOR, None)

    with pytest.raises(SearchFirst):
        async with transaction():
            await resend(support, notification, WHY)


def test_every_refusal_is_an_error_that_says_why() -> None:
    assert {refusal: error.code for refusal, error in REFUSALS.items()} == {
        refusal: refusal.value for refusal in Refusal
    }


@pytest.mark.parametrize("reason", list(NotTold))
def test_what_is_not_told_by_the_facilitys_own_word_is_not_resent(reason: NotTold) -> None:
    at = now()

    assert refusal_to_resend(reason, at + LATER, None, at) is Refusal.CANNOT_BE_TOLD


@pytest.mark.parametrize(("minutes", "helps"), [(0, False), (29, False), (31, True)])
def test_a_text_without_receipt_may_arrive_for_half_an_hour(minutes: int, *, helps: bool) -> None:
    at = now()
    sent = SentNotice(
        kind=Kind.RESULT_READY, status=Status.SENT, reason="", sent_at=at, read=False,
        to_wrong_number=False,
    )  # fmt: skip

    assert helps_again([sent], at + timedelta(minutes=minutes)) is helps


def test_what_never_left_because_its_number_was_called_wrong_is_lost() -> None:
    at = now()
    stopped = SentNotice(
        kind=Kind.RESULT_READY, status=Status.SUPPRESSED, reason=WRONG_NUMBER, sent_at=at,
        read=False, to_wrong_number=True,
    )  # fmt: skip

    assert helps_again([stopped], at)
