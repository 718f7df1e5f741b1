import asyncio
from contextvars import Context
from datetime import timedelta
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.database import transaction
from backend.gateways.sender import Channel
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from backend.support.audited_action import StaffCaller
from backend.support.messages.resend import REFUSALS, ResentJustNow, resend
from backend.support.rules import Refusal, Role
from tests.conftest import Database, Travel
from tests.harness.reasons import opened
from tests.harness.support.makers import (
    WHY,
    a_confirmed_number,
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


async def a_text(database: Database, status: Status, **more: object) -> UUID:
    """One text to Lan's confirmed number in this status."""
    facility = await a_facility(database)
    patient = await lan(database, facility)
    notification = await a_notification(database, patient, facility, **more)  # type: ignore[arg-type]  # what a test names
    return await a_delivery(
        database, notification, status, contact=await contact_of(patient), sent=timedelta(0)
    )


async def deliveries(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT count(*) FROM delivery"))


EXPECTED = {
    Status.HELD: Refusal.STILL_UNDER_WAY,
    Status.PLANNED: Refusal.STILL_UNDER_WAY,
    Status.SENDING: Refusal.STILL_UNDER_WAY,
    Status.IN_DOUBT: Refusal.STILL_UNDER_WAY,
    Status.SENT: None,
    Status.DELIVERED: Refusal.ALREADY_REACHED,
    Status.READ: Refusal.ALREADY_REACHED,
    Status.REFUSED: None,
    Status.TECHNICAL_FAILURE: None,
    Status.SUPPRESSED: Refusal.NEVER_REPEATED,
    Status.SUPERSEDED: Refusal.NEVER_REPEATED,
    Status.EXPIRED: Refusal.NEVER_REPEATED,
    Status.CANCELLED: Refusal.NEVER_REPEATED,
}


@pytest.mark.parametrize("status", list(Status))
async def test_only_what_counts_as_lost_is_sent_once_more(
    client: AsyncClient, database: Database, time_moves: Travel, status: Status
) -> None:
    delivery = await a_text(database, status)

    async with time_moves(LATER):
        desk = await a_desk(client)
        answer = await desk.resends(delivery)

    if (refusal := EXPECTED[status]) is None:
        assert answer.status_code == 201
        assert await deliveries(database) == 2
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, refusal)
        assert await deliveries(database) == 1
    written = await database.owner.fetchrow(
        "SELECT why, why_digest, subject, result FROM audit_event WHERE action = 'support.resend'"
    )
    assert opened(written) == (WHY, delivery, EXPECTED[status] or "done")


async def test_a_resent_message_is_a_new_delivery_of_the_same_notification_due_now(
    client: AsyncClient, database: Database
) -> None:
    delivery = await a_text(database, Status.REFUSED)

    answer = (await (await a_desk(client)).resends(delivery)).json()

    old, new = await database.owner.fetch("SELECT * FROM delivery ORDER BY created_at, id")
    assert (str(new["id"]), new["reference"]) == (answer["delivery"], answer["reference"])
    assert (new["status"], new["contact"], new["lane"]) == ("planned", old["contact"], old["lane"])
    assert new["notification"] == old["notification"]
    assert new["reference"] != old["reference"]
    assert await database.owner.fetchval("SELECT max(due_at) <= hub_clock() FROM delivery")
    event = await database.owner.fetchrow("SELECT delivery, status, source FROM delivery_event")
    assert tuple(event) == (new["id"], "planned", "staff")


async def test_a_sent_text_without_receipt_may_still_arrive_for_half_an_hour(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    delivery = await a_text(database, Status.SENT)
    hoa = await an_agent()

    async with time_moves(timedelta(minutes=29)):
        early = await (await a_desk(client, hoa)).resends(delivery)
    async with time_moves(LATER):
        late = await (await a_desk(client, hoa)).resends(delivery)

    assert (early.status_code, early.json()["code"]) == (409, "still_under_way")
    assert late.status_code == 201


async def test_what_was_resent_less_than_ten_minutes_ago_is_not_resent(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    delivery = await a_text(database, Status.REFUSED)
    desk = await a_desk(client)
    await desk.resends(delivery)
    await database.owner.execute("UPDATE delivery SET status = 'refused'")

    soon = await desk.resends(delivery)
    async with time_moves(timedelta(minutes=11)):
        later = await desk.resends(delivery)

    assert (soon.status_code, soon.json()["code"]) == (409, "resent_just_now")
    assert later.status_code == 201


async def test_two_who_resend_at_once_send_one(database: Database) -> None:
    delivery = await a_text(database, Status.REFUSED)
    hoa = await an_agent()
    staff = StaffCaller(hoa.id, hoa.id, "hoa", Role.AGENT, None)

    async with asyncio.timeout(10):
        async with transaction():
            await resend(staff, delivery, WHY)
            other = asyncio.create_task(resend(staff, delivery, WHY), context=Context())
            await until_it_waits_or_ends(database, other)
            assert not other.done(), "the other one did not wait for the first"
        with pytest.raises(ResentJustNow):
            await other

    assert await deliveries(database) == 2


async def until_it_waits_or_ends(database: Database, task: asyncio.Task[object]) -> None:
    waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"
    while not task.done() and not await database.owner.fetchval(waits):
        pass


@pytest.mark.parametrize("status", [Status.PLANNED, Status.SENDING, Status.IN_DOUBT, Status.HELD])
async def test_a_lost_push_is_not_resent_while_its_text_is_under_way(
    client: AsyncClient, database: Database, status: Status
) -> None:
    text = await a_text(database, status)
    row = await database.owner.fetchrow("SELECT patient, notification FROM delivery")
    device = await a_phone_with_the_app(database, row["patient"])
    push = await a_delivery(database, row["notification"], Status.REFUSED, device=device)

    answer = await (await a_desk(client)).resends(push)

    assert (answer.status_code, answer.json()["code"]) == (409, "still_under_way")
    assert text != push


async def test_a_lost_push_goes_to_the_same_phone_and_to_the_number_once_the_app_is_gone(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    facility = await a_facility(database)
    patient = await lan(database, facility)
    device = await a_phone_with_the_app(database, patient)
    notification = await a_notification(database, patient, facility)
    push = await a_delivery(database, notification, Status.REFUSED, device=device)
    desk = await a_desk(client)

    first = await desk.resends(push)
    await database.owner.execute("UPDATE delivery SET status = 'refused'")
    await database.owner.execute("UPDATE device SET push_token = NULL, push_token_hash = NULL")
    async with time_moves(timedelta(minutes=11)):
        second = await desk.resends(push)

    assert (first.json()["channel"], second.json()["channel"]) == (Channel.PUSH, Channel.SMS)
    row = await database.owner.fetchrow(
        "SELECT device, contact FROM delivery ORDER BY created_at DESC LIMIT 1"
    )
    assert tuple(row) == (None, await contact_of(patient))


async def test_what_the_patient_has_read_or_what_came_by_another_text_is_not_resent(
    client: AsyncClient, database: Database
) -> None:
    delivery = await a_text(database, Status.REFUSED)
    row = await database.owner.fetchrow("SELECT notification, contact FROM delivery")
    desk = await a_desk(client)
    await database.owner.execute("UPDATE notification SET read_at = hub_clock()")
    read = await desk.resends(delivery)
    await database.owner.execute("UPDATE notification SET read_at = NULL")
    await a_delivery(database, row["notification"], Status.DELIVERED, contact=row["contact"])

    reached = await desk.resends(delivery)

    assert [each.json()["code"] for each in (read, reached)] == ["already_reached"] * 2


async def test_what_is_of_no_more_use_is_not_resent(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    delivery = await a_text(database, Status.REFUSED, expires_in=timedelta(hours=2))

    async with time_moves(timedelta(hours=2)):
        answer = await (await a_desk(client)).resends(delivery)

    assert (answer.status_code, answer.json()["code"]) == (409, "too_late")


async def test_a_sign_in_code_is_never_resent(client: AsyncClient, database: Database) -> None:
    delivery = await a_text(database, Status.REFUSED, kind=Kind.CODE)

    answer = await (await a_desk(client)).resends(delivery)

    assert (answer.status_code, answer.json()["code"]) == (409, "never_repeated")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE notification SET kind = 'newer'", "never_repeated"),
        ("UPDATE delivery SET status = 'newer'", "still_under_way"),
    ],
)
async def test_what_a_newer_version_has_written_is_not_resent(
    client: AsyncClient, database: Database, change: str, code: str
) -> None:
    delivery = await a_text(database, Status.REFUSED)
    await database.owner.execute(change)

    answer = await (await a_desk(client)).resends(delivery)

    assert (answer.status_code, answer.json()["code"]) == (409, code)


@pytest.mark.parametrize("change", ["wrong_since = hub_clock()", "confirmed_at = NULL"])
async def test_nothing_is_resent_to_a_wrong_or_unconfirmed_number(
    client: AsyncClient, database: Database, change: str
) -> None:
    delivery = await a_text(database, Status.REFUSED)
    await database.owner.execute(f"UPDATE contact_point SET {change}")

    answer = await (await a_desk(client)).resends(delivery)

    assert (answer.status_code, answer.json()["code"]) == (409, "no_address")
    assert await deliveries(database) == 1


@pytest.mark.parametrize("status", [Status.REFUSED, Status.DELIVERED])
async def test_what_went_to_a_wrong_number_is_resent_to_the_right_one(
    client: AsyncClient, database: Database, status: Status
) -> None:
    delivery = await a_text(database, status)
    patient = await database.owner.fetchval("SELECT patient FROM delivery")
    await database.owner.execute("UPDATE contact_point SET wrong_since = hub_clock()")
    right = await a_confirmed_number(database, patient, "0987654321")

    answer = await (await a_desk(client)).resends(delivery)

    assert answer.status_code == 201
    newest = "SELECT contact FROM delivery ORDER BY created_at DESC, id DESC LIMIT 1"
    assert await database.owner.fetchval(newest) == right


async def test_a_resend_needs_a_reason_and_a_delivery(
    client: AsyncClient, database: Database
) -> None:
    delivery = await a_text(database, Status.REFUSED)
    desk = await a_desk(client)

    no_reason = await desk.asks("POST", f"/deliveries/{delivery}/resend", reason="")
    no_delivery = await desk.resends(UUID(int=1))

    assert (no_reason.status_code, no_delivery.status_code) == (400, 404)
    assert await deliveries(database) == 1


def test_every_refusal_is_an_error_that_says_why() -> None:
    assert set(REFUSALS) == set(Refusal)
    assert all(REFUSALS[each].code == each and REFUSALS[each].__doc__ for each in Refusal)
