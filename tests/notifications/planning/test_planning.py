from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.core.clock import now
from backend.core.database import transaction
from backend.notifications.kinds import Kind
from backend.notifications.planning.planning import Notice, plan
from backend.notifications.planning.scheduled import release_held
from tests.conftest import Database, Travel
from tests.harness.makers import SomePatient, a_facility, a_patient


def a_notice(patient: SomePatient, kind: Kind = Kind.RESULT_READY, **changes: Any) -> Notice:
    facts: dict[str, Any] = {
        "patient": patient.id, "facility": patient.facility, "kind": kind, "subject": uuid4(),
        "happened_at": now(), "accepted_at": now(), "received_event": uuid4(),
    }  # fmt: skip
    return Notice(**facts | changes)


async def the_hospital_tells(*notices: Notice) -> None:
    async with transaction() as connection:
        await connection.execute("SELECT open_intake($1)", notices[0].facility)
        await plan(notices)


async def deliveries(database: Database) -> list[tuple[str, str, str]]:
    rows = await database.owner.fetch(
        "SELECT n.kind, d.channel, d.status FROM delivery d"
        " JOIN notification n ON n.id = d.notification ORDER BY n.id, d.due_at, d.channel"
    )
    return [(row["kind"], row["channel"], row["status"].replace("held", "planned")) for row in rows]


async def notifications(database: Database) -> int:
    count: int = await database.owner.fetchval("SELECT count(*) FROM notification")
    return count


async def test_a_result_is_pushed_to_each_phone_and_texted_later(database: Database) -> None:
    lan = await a_patient(database, phones_with_app=2)

    await the_hospital_tells(a_notice(lan))

    assert await deliveries(database) == [
        ("result.ready", "push", "planned"),
        ("result.ready", "push", "planned"),
        ("result.ready", "sms", "planned"),
    ]


async def test_the_same_state_of_the_same_thing_is_told_once(database: Database) -> None:
    tu = await a_patient(database)
    notice = a_notice(tu, subject_version="final")

    await the_hospital_tells(notice)
    await the_hospital_tells(notice)

    assert await notifications(database) == 1
    assert len(await deliveries(database)) == 1


async def test_one_transaction_speaks_once_and_the_rest_waits_in_the_inbox(
    database: Database,
) -> None:
    tu = await a_patient(database)

    await the_hospital_tells(a_notice(tu, Kind.APPOINTMENT_BOOKED), a_notice(tu))

    assert await notifications(database) == 2
    assert await deliveries(database) == [("result.ready", "sms", "planned")]


async def test_a_second_result_soon_after_is_grouped_while_the_first_is_untold(
    database: Database,
) -> None:
    tu = await a_patient(database)

    await the_hospital_tells(a_notice(tu))
    await the_hospital_tells(a_notice(tu))

    assert await notifications(database) == 2
    assert len(await deliveries(database)) == 1


async def test_results_after_a_told_one_become_one_more_message_half_an_hour_later(
    database: Database,
) -> None:
    tu = await a_patient(database)
    await the_hospital_tells(a_notice(tu))
    await database.owner.execute("UPDATE delivery SET status = 'sent'")

    await the_hospital_tells(a_notice(tu))
    await the_hospital_tells(a_notice(tu))

    later = await database.owner.fetch(
        "SELECT d.due_at - n.created_at AS wait FROM delivery d"
        " JOIN notification n ON n.id = d.notification WHERE d.status IN ('planned', 'held')"
    )
    assert len(later) == 1
    assert later[0]["wait"] > timedelta(minutes=29)


async def test_what_happened_long_ago_tells_nobody(database: Database) -> None:
    tu = await a_patient(database)

    await the_hospital_tells(a_notice(tu, happened_at=now() - timedelta(hours=73)))

    assert await notifications(database) == 0


async def test_a_moved_appointment_replaces_what_was_not_yet_sent(database: Database) -> None:
    tu, appointment = await a_patient(database), uuid4()
    booked = a_notice(tu, Kind.APPOINTMENT_BOOKED, subject=appointment, starts_at=now())
    moved = a_notice(tu, Kind.APPOINTMENT_MOVED, subject=appointment, starts_at=now())

    await the_hospital_tells(booked)
    await the_hospital_tells(moved)

    assert await deliveries(database) == [
        ("appointment.booked", "sms", "superseded"),
        ("appointment.moved", "sms", "planned"),
    ]


async def test_a_number_that_is_not_confirmed_gets_nothing(database: Database) -> None:
    tu = await a_patient(database)
    await database.owner.execute("UPDATE contact_point SET confirmed_at = NULL")

    await the_hospital_tells(a_notice(tu))

    assert await notifications(database) == 1
    assert await deliveries(database) == []


async def test_two_patients_of_one_hospital_are_told_apart(database: Database) -> None:
    facility: UUID = await a_facility(database)
    tu, lan = await a_patient(database, facility), await a_patient(database, facility)

    await the_hospital_tells(a_notice(tu))
    await the_hospital_tells(a_notice(lan))

    told = await database.owner.fetch("SELECT DISTINCT patient FROM delivery")
    assert {row["patient"] for row in told} == {tu.id, lan.id}


async def test_what_waited_for_the_morning_is_given_back_when_it_comes(
    database: Database, time_moves: Travel
) -> None:
    tu = await a_patient(database)
    await the_hospital_tells(a_notice(tu))
    await database.owner.execute(
        "UPDATE delivery SET status = 'held', due_at = hub_clock() + interval '8 hours'"
    )
    async with database.as_worker():
        await release_held()
        waiting = await database.owner.fetchval("SELECT status FROM delivery")
        async with time_moves(timedelta(hours=9)):
            await release_held()

    assert (waiting, await database.owner.fetchval("SELECT status FROM delivery")) == (
        "held",
        "planned",
    )
