"""A suspended facility: its doors are closed, what it tells is held, and a resume undoes it."""

import asyncio
from contextlib import AsyncExitStack
from contextvars import Context
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.facilities.facility_keys import new_key
from backend.auth.facilities.suspension import ReasonMissing, facilities, resume, suspend
from backend.core.database import transaction
from backend.notifications.brakes.booking import book_due
from backend.notifications.kinds import Kind
from tests.conftest import Database, Travel
from tests.harness.makers import a_facility, a_patient
from tests.harness.notifications.steps import (
    a_due_code,
    a_due_push,
    a_due_text,
    history,
    status,
    until_ten,
)
from tests.harness.notifications.texting import afar, chart, claim_some, statuses, told, work
from tests.harness.reasons import opened

WHY = "its key was stolen"
DOORS = [
    ("POST", "/hospital/events"), ("GET", "/hospital/deliveries"),
    ("POST", "/fhir/R4"), ("POST", "/fhir/R4/Patient"), ("PUT", "/fhir/R4/Patient/x"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_a_suspended_facility_hears_so_at_every_door(
    client: AsyncClient, database: Database, method: str, path: str
) -> None:
    facility = await a_facility(database)
    headers = {"Authorization": f"Bearer {await new_key(facility, 'HIS')}"}
    other = {"Authorization": f"Bearer {await new_key(await a_facility(database), 'HIS')}"}
    open_before = (await client.request(method, path, headers=headers)).status_code
    await suspend(facility, WHY)

    refused = await client.request(method, path, headers=headers)
    others = (await client.request(method, path, headers=other)).status_code
    await resume(facility, "a new key")
    open_again = (await client.request(method, path, headers=headers)).status_code

    assert refused.status_code == 403
    assert "facility_suspended" in refused.text
    assert open_before == open_again == others != 403


async def test_what_it_tells_is_held_and_what_is_not_its_own_leaves(database: Database) -> None:
    facility = await a_facility(database)
    patient = await a_patient(database, facility, phones_with_app=1, phone=afar(1))
    its_own = [
        await a_due_text(database, patient), await a_due_push(database, patient),
        await a_due_text(database, patient, Kind.QUEUE_CALLED),
    ]  # fmt: skip
    code = await a_due_code(database, patient)
    warning = await a_due_text(database, patient, Kind.NEW_DEVICE)
    (others,) = await told(database, await a_facility(database), [afar(2)])
    await suspend(facility, WHY)

    await work(database)

    assert {await status(database, each) for each in its_own} == {("held", "facility_suspended")}
    assert {await status(database, each) for each in (code, warning, others)} == {("sent", "")}


async def test_after_a_resume_all_leaves_once_spread_and_what_is_over_expires(
    database: Database, time_moves: Travel
) -> None:
    async with time_moves(until_ten()):
        facility = await a_facility(database)
        results = await told(database, facility, [afar(n) for n in range(20)])
        await database.owner.execute(
            "UPDATE notification SET expires_at = hub_clock() + interval '3 days'"
        )
        called = await told(database, facility, [afar(n) for n in range(20, 23)], Kind.QUEUE_CALLED)
        await suspend(facility, WHY)
        held = len((await work(database)).sent)
        async with time_moves(timedelta(hours=2)):
            await work(database)
            await resume(facility, "a new key")
            first = len((await work(database)).sent)
            spread = await database.owner.fetchval(
                "SELECT count(DISTINCT date_trunc('minute', due_at)) FROM delivery"
                " WHERE status = 'held'"
            )
            async with time_moves(timedelta(minutes=21)):
                rest = len((await work(database)).sent)

    assert (held, first + rest) == (0, 20)
    assert first < 5 < spread
    assert {await status(database, each) for each in results} == {("sent", "")}
    assert {await status(database, each) for each in called} == {("expired", "too_late")}


async def test_what_a_resume_lets_go_by_night_leaves_in_the_morning(
    database: Database, time_moves: Travel
) -> None:
    async with time_moves(until_ten() + timedelta(hours=12)):
        facility = await a_facility(database)
        await told(database, facility, [afar(n) for n in range(5)])
        await database.owner.execute(
            "UPDATE notification SET expires_at = hub_clock() + interval '3 days'"
        )
        await suspend(facility, WHY)
        await work(database)
        await resume(facility, "a new key")
        async with time_moves(timedelta(minutes=30)):
            by_night = len((await work(database)).sent)
        async with time_moves(timedelta(hours=10)):
            by_day = len((await work(database)).sent)

    assert (by_night, by_day) == (0, 5)


async def test_a_suspension_waits_for_the_claims_that_run(database: Database) -> None:
    facility = await a_facility(database)
    claimed = await told(database, facility, [afar(1)])
    async with AsyncExitStack() as held_open:
        async with database.as_worker():
            await held_open.enter_async_context(transaction())
            first = await claim_some()
        suspending = asyncio.create_task(suspend(facility, WHY), context=Context())
        done, _ = await asyncio.wait({suspending}, timeout=0.5)
    on_the_wire, _ = await asyncio.wait({suspending}, timeout=0.5)
    await database.owner.execute("UPDATE delivery SET status = 'sent'")
    waited = await suspending
    later = await told(database, facility, [afar(2)])
    async with database.as_worker():
        second = await claim_some()

    assert (done, on_the_wire, waited) == (set(), set(), True)
    assert [each.delivery for each in first] == claimed
    assert second == []
    assert await status(database, later[0]) == ("held", "facility_suspended")


async def test_a_suspension_says_so_where_a_claimed_text_has_no_answer(database: Database) -> None:
    closed, other = await a_facility(database), await a_facility(database)
    for facility in (closed, other):
        await told(database, facility, [afar(1)])
    async with database.as_worker():
        await claim_some()
    await database.owner.execute(
        "UPDATE delivery SET status = 'sent' WHERE notification IN"
        " (SELECT id FROM notification WHERE facility = $1)", other,
    )  # fmt: skip

    assert await suspend(closed, WHY, patience=0.2) is False
    assert await suspend(other, WHY, patience=5.0) is True


async def test_what_was_booked_before_a_suspension_is_not_claimed_after_it(
    database: Database,
) -> None:
    facility = await a_facility(database)
    await told(database, facility, [afar(1)])
    async with database.as_worker():
        await book_due()
    await suspend(facility, WHY)

    async with database.as_worker():
        claimed = await claim_some(book=False)

    assert claimed == []


async def test_a_repeat_after_a_doubt_waits_too_and_a_receipt_still_counts(
    database: Database,
) -> None:
    facility = await a_facility(database)
    (text,) = await told(database, facility, [afar(1)])
    await database.owner.execute(
        "UPDATE delivery SET attempts = 1, verify_before_retry = true, due_at = hub_clock()"
    )
    await suspend(facility, WHY)

    sent = (await work(database)).sent

    assert sent == []
    assert await status(database, text) == ("held", "facility_suspended")
    assert [each for _, each in await history(database, text)] == ["held"]


async def test_first_texts_that_wait_keep_waiting_while_their_facility_is_suspended(
    database: Database,
) -> None:
    facility = await a_facility(database)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 1")
    await told(database, facility, [afar(1), afar(2)], Kind.QUEUE_CALLED)
    await work(database)
    await suspend(facility, WHY)
    await database.owner.execute("UPDATE facility SET first_texts_per_hour = 10")
    while_closed = len((await work(database)).sent)
    await resume(facility, "a new key")

    assert while_closed == 0
    assert len((await work(database)).sent) == 1
    assert set(await statuses(database)) == {("sent", "")}


async def test_each_act_is_audited_with_its_reason_and_needs_one(database: Database) -> None:
    facility = await a_facility(database)
    await suspend(facility, WHY)
    shown = [each.suspended_at is not None for each in await facilities()]
    await resume(facility, "a new key")
    with pytest.raises(ReasonMissing):
        await suspend(facility, " ")

    rows = await database.owner.fetch(
        "SELECT action, subject, why, why_digest FROM audit_event"
        " WHERE action LIKE 'facility.%' ORDER BY id"
    )
    assert [opened(row) for row in rows] == [
        ("facility.suspended", facility, WHY), ("facility.resumed", facility, "a new key"),
    ]  # fmt: skip
    assert shown == [True]
    assert [each.suspended_at for each in await facilities()] == [None]


async def test_a_chart_of_two_facilities_is_told_by_the_one_that_is_open(
    database: Database,
) -> None:
    closed, open_one = await a_facility(database), await a_facility(database)
    patient = await chart(database, closed, afar(1))
    await suspend(closed, WHY)
    text = await a_due_text(database, patient)
    await database.owner.execute("UPDATE notification SET facility = $1", open_one)

    await work(database)

    assert await status(database, text) == ("sent", "")
