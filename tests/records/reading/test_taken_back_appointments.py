"""Calendars learn that an appointment was an error, and when one ends whose end is not said."""

from datetime import UTC, datetime, timedelta

import pytest
from httpx import AsyncClient

from backend.core.odd_rows.unreadable import stop_noting
from backend.sandbox.demo.story_bundles import LAN, TU
from tests.conftest import Database, Travel
from tests.harness.auth.steps import everybody_steps_up, sign_in
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.records.calendars import SECRET, appointment, books, events_of, in_days, read
from tests.harness.records.odd_rows import EDGES, odd_bodies, plant


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made


async def test_an_appointment_that_was_an_error_is_cancelled_in_calendars_for_30_days(
    database: Database, client: AsyncClient, hospital: Hospital, time_moves: Travel
) -> None:
    at = in_days(40)
    await books(hospital, appointment("a", at), appointment("b", at + timedelta(hours=1)))
    lan = await sign_in(client, database, LAN.citizen_id)
    (shown, _) = events_of(await read(client, lan, "/calendar.ics"))
    one = f"/{shown['uid']}/calendar.ics"

    await books(hospital, appointment("a", at, "entered-in-error"))

    listed = (await read(client, lan, "")).json()["items"]
    (event, other) = events_of(await read(client, lan, "/calendar.ics"))
    (alone,) = events_of(await read(client, lan, one))
    assert [each["what"] for each in listed] == [f"{SECRET} b"]
    assert (other["status"], event["status"]) == ("CONFIRMED", "CANCELLED")
    assert (event["uid"], event["sequence"], event.start) == (shown["uid"], 1, at.astimezone(UTC))
    assert alone == event
    async with time_moves(timedelta(days=29)):
        later = await sign_in(client, database, LAN.citizen_id)
        assert len(events_of(await read(client, later, "/calendar.ics"))) == 2
    async with time_moves(timedelta(days=30, minutes=1)):
        later = await sign_in(client, database, LAN.citizen_id)
        (event,) = events_of(await read(client, later, "/calendar.ics"))
        gone = await client.get(f"/v1/patients/me/appointments{one}", headers=later.bearer)
    assert (event["status"], gone.status_code) == ("CONFIRMED", 404)


async def test_what_was_never_shown_or_is_shown_again_is_cancelled_nowhere(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    at = in_days(4)
    await books(
        hospital, appointment("never", at, "entered-in-error"),
        appointment("again", at + timedelta(hours=1)),
        appointment("twice", at + timedelta(hours=2)),
    )  # fmt: skip
    await books(
        hospital, appointment("again", at + timedelta(hours=1), "entered-in-error"),
        appointment("twice", at + timedelta(hours=2), "entered-in-error"),
    )  # fmt: skip
    await books(
        hospital, appointment("again", at + timedelta(hours=1)),
        appointment("twice", at + timedelta(hours=3), "entered-in-error"),
    )  # fmt: skip
    lan = await sign_in(client, database, LAN.citizen_id)

    events = events_of(await read(client, lan, "/calendar.ics"))

    assert [(each["status"], each["sequence"]) for each in events] == [
        ("CONFIRMED", 2), ("CANCELLED", 2),
    ]  # fmt: skip


async def test_an_error_is_cancelled_only_where_it_could_be_seen(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    at = in_days(4)
    await books(hospital, appointment("a", at))
    await database.owner.execute("UPDATE appointment SET restriction = 'hiv'")
    await books(hospital, appointment("a", at, "entered-in-error"))
    await database.owner.execute("UPDATE appointment SET restriction = 'hiv'")
    lan, tu = [await sign_in(client, database, each.citizen_id) for each in (LAN, TU)]

    assert events_of(await read(client, lan, "/calendar.ics")) == []
    assert events_of(await read(client, tu, "/calendar.ics")) == []
    await everybody_steps_up(database.owner)
    (event,) = events_of(await read(client, lan, "/calendar.ics"))
    assert (event["status"], event["summary"]) == ("CANCELLED", "Lịch hẹn")
    assert events_of(await read(client, tu, "/calendar.ics")) == []


async def test_the_database_gives_no_error_of_a_chart_that_is_not_open(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    at = in_days(4)
    await books(hospital, appointment("a", at))
    await books(hospital, appointment("a", at, "entered-in-error"))
    charts = await database.owner.fetchval("SELECT array_agg(id) FROM patient")

    async with database.owner.transaction():
        await database.owner.execute("SET LOCAL role = hub_patient")
        given = await database.owner.fetch("SELECT id FROM hub_taken_back_appointments($1)", charts)

    assert given == []


async def test_an_error_that_cannot_be_read_takes_no_other_event_away(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    at = in_days(4)
    await books(hospital, appointment("a", at), appointment("b", at), appointment("c", at))
    await books(hospital, *(appointment(name, at, "entered-in-error") for name in "ab"))
    lan = await sign_in(client, database, LAN.citizen_id)
    row, body = await database.owner.fetchrow(
        "SELECT id, body FROM appointment WHERE taken_back_at IS NOT NULL ORDER BY id LIMIT 1"
    )

    for odd in odd_bodies(body):
        await plant(database, "appointment", "body", row, odd)
        events = events_of(await read(client, lan, "/calendar.ics"))
        others = {str(each["status"]) for each in events if each["uid"] != str(row)}
        assert others == {"CONFIRMED", "CANCELLED"}, odd
    await plant(database, "appointment", "body", row, body)
    for edge in EDGES:
        for column in ("starts_at", "happened_at", "taken_back_at"):
            await database.owner.execute(
                f"UPDATE appointment SET {column} = '{edge}' WHERE id = $1", row
            )
            assert len(events_of(await read(client, lan, "/calendar.ics"))) >= 2, (column, edge)
    await stop_noting()


@pytest.mark.parametrize(
    ("said", "minutes"),
    [({"minutesDuration": 45}, 45), ({"minutesDuration": 15, "end": 60}, 60),
     ({"minutesDuration": 30, "end": 0}, 30), ({"minutesDuration": 30, "end": -60}, 30),
     ({"end": 20}, 20), ({"minutesDuration": 31 * 24 * 60}, 31 * 24 * 60),
     ({"minutesDuration": 31 * 24 * 60 + 1}, None), ({"minutesDuration": 2**31 - 1}, None),
     ({}, None)],
)  # fmt: skip
async def test_an_end_that_is_not_said_is_the_start_and_the_minutes_it_takes(
    database: Database, client: AsyncClient, hospital: Hospital,
    said: dict[str, int], minutes: int | None,
) -> None:  # fmt: skip
    at = in_days(2)
    resource = appointment("a", at)
    del resource["end"]
    if "end" in said:
        resource["end"] = (at + timedelta(minutes=said["end"])).isoformat()
    if "minutesDuration" in said:
        resource["minutesDuration"] = said["minutesDuration"]
    await books(hospital, resource)
    lan = await sign_in(client, database, LAN.citizen_id)

    (listed,) = (await read(client, lan, "")).json()["items"]
    (event,) = events_of(await read(client, lan, "/calendar.ics"))

    end = None if minutes is None else at + timedelta(minutes=minutes)
    assert (listed["endsAt"] and datetime.fromisoformat(listed["endsAt"])) == end
    assert event.get("dtend") is None if end is None else event.end == end.astimezone(UTC)


async def test_the_minutes_count_from_the_start_that_was_said_before(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    at, resource = in_days(2), appointment("a", in_days(2))
    await books(hospital, resource | {"start": at.isoformat()})
    del resource["start"], resource["end"]
    await books(hospital, resource | {"status": "proposed", "minutesDuration": 50})
    lan = await sign_in(client, database, LAN.citizen_id)

    (event,) = events_of(await read(client, lan, "/calendar.ics"))

    assert (event.start, event.end - event.start) == (at.astimezone(UTC), timedelta(minutes=50))
