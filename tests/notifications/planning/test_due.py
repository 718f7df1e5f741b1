"""What is due is found by what a delivery says of itself: when it ends, and whose it is."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from backend.auth.facilities.suspension import resume, suspend
from backend.core.clock import now
from backend.core.database import new_id, transaction
from backend.core.metrics import UNFINISHED
from backend.notifications.brakes.held_texts import let_leave
from backend.notifications.kinds import Kind
from backend.notifications.planning.planning import Notice, plan
from backend.notifications.planning.scheduled import count_unfinished, expire, release_held
from tests.conftest import Database
from tests.harness.makers import a_patient
from tests.harness.notifications.steps import a_due_text, row, status

OF_BEFORE = (
    "INSERT INTO delivery (id, notification, patient, channel, contact, lane, due_at)"
    " SELECT uuidv7(), notification, patient, channel, contact, lane, due_at FROM delivery"
    " WHERE id = $1 RETURNING id"
)
"""As a process of before writes it, which knows of neither."""


async def test_a_delivery_that_says_neither_has_both_from_its_notification(
    database: Database,
) -> None:
    patient = await a_patient(database)
    first = await row(database, await a_due_text(database, patient))

    second = await row(database, await database.owner.fetchval(OF_BEFORE, first["id"]))

    ends = await database.owner.fetchval(
        "SELECT expires_at FROM notification WHERE id = $1", first["notification"]
    )
    assert (second["expires_at"], second["facility"]) == (ends, patient.facility)


async def test_what_a_message_plans_says_when_it_ends_and_whose_it_is(
    database: Database,
) -> None:
    patient = await a_patient(database, phones_with_app=2)

    async with transaction() as connection:
        await connection.execute("SELECT open_intake($1)", patient.facility)
        await plan([
            Notice(patient=patient.id, facility=patient.facility, kind=Kind.RESULT_READY,
                   subject=new_id(), happened_at=now(), accepted_at=now(), received_event=new_id())
        ])  # fmt: skip

    same = await database.owner.fetch(
        "SELECT d.expires_at = n.expires_at AND d.facility = n.facility AS same FROM delivery d"
        " JOIN notification n ON n.id = d.notification"
    )
    assert [row["same"] for row in same] == [True, True, True]


async def test_a_delivery_of_no_notification_is_refused(database: Database) -> None:
    """Without an end it would wait for ever."""
    patient = await a_patient(database)

    with pytest.raises(asyncpg.NotNullViolationError):
        await database.owner.execute(
            "INSERT INTO delivery (notification, patient, channel, lane, due_at)"
            " VALUES (uuidv7(), $1, 'sms', 2, hub_clock())",
            patient.id,
        )


async def test_who_moves_the_end_of_a_notification_moves_its_deliveries(
    database: Database,
) -> None:
    patient = await a_patient(database)
    delivery = await a_due_text(database, patient, expires_in=timedelta(days=1))

    await database.owner.execute("UPDATE notification SET expires_at = hub_clock()")
    async with database.as_worker():
        await expire()

    assert await status(database, delivery) == ("expired", "too_late")


async def test_what_ends_in_a_second_is_left_alone(database: Database) -> None:
    delivery = await a_due_text(database, await a_patient(database))

    async with database.as_worker():
        await expire()

    assert await status(database, delivery) == ("planned", "")


@pytest.mark.parametrize("reason", ["first_texts_spent", "prefix_burst", "facility_suspended"])
async def test_what_waits_for_more_than_its_hour_is_not_released_by_it(
    database: Database, reason: str
) -> None:
    patient = await a_patient(database)
    waits, held = [await a_due_text(database, patient) for _ in range(2)]
    await _hold(database, waits, reason)
    await _hold(database, held, "quiet_hours")

    async with database.as_worker():
        await release_held()

    assert await status(database, waits) == ("held", reason)
    assert await status(database, held) == ("planned", "")


async def test_only_the_facility_that_is_resumed_has_its_texts_back(database: Database) -> None:
    """The other one stays suspended, whatever it has in front of them."""
    here, there = [await a_patient(database, phone=phone) for phone in ("+84904711471", None)]
    deliveries = [await a_due_text(database, each) for each in (here, there)]
    for each, delivery in zip((here, there), deliveries, strict=True):
        await suspend(each.facility, "a stolen key", patience=0.1)
        await _hold(database, delivery, "facility_suspended")

    await resume(here.facility, "a new key")
    async with database.as_worker():
        await let_leave()

    assert await status(database, deliveries[0]) == ("held", "let_go")
    assert await status(database, deliveries[1]) == ("held", "facility_suspended")


async def test_what_is_planned_for_later_is_no_unfinished_work(database: Database) -> None:
    patient = await a_patient(database)
    due, later, held = [await a_due_text(database, patient) for _ in range(3)]
    await database.owner.execute(
        "UPDATE delivery SET due_at = hub_clock() + interval '9 days' WHERE id = $1", later
    )
    await _hold(database, held, "quiet_hours")

    async with database.as_worker():
        await count_unfinished()

    counted = {
        status: UNFINISHED.labels(status)._value.get()  # what /metrics shows
        for status in ("planned", "held", "sending", "in_doubt")
    }
    assert counted == {"planned": 1, "held": 1, "sending": 0, "in_doubt": 0}
    assert due != later


async def _hold(database: Database, delivery: UUID, reason: str) -> None:
    await database.owner.execute(
        "UPDATE delivery SET status = 'held', reason = $2, due_at = hub_clock() WHERE id = $1",
        delivery, reason,
    )  # fmt: skip
