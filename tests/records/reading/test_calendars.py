"""Appointments, next and past, and as a calendar that says when and where, and never what for."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from httpx import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from backend.core.clock import now
from backend.core.i18n import Language
from backend.records.reading.ical import written
from backend.sandbox.demo.story_bundles import LAN, TU
from tests.conftest import Database
from tests.harness.auth.steps import Tokens, everybody_steps_up, sign_in
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.records.calendars import SECRET, appointment, books, events_of, in_days, read


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN, TU)
    return made


async def listed(client: AsyncClient, who: Tokens, when: str, limit: int) -> list[str]:
    names, cursor = [], ""
    while cursor is not None:
        path = f"?when={when}&limit={limit}{cursor and f'&cursor={cursor}'}"
        page = (await read(client, who, path)).json()
        names += [each["what"].rpartition(" ")[2] for each in page["items"]]
        cursor = page["nextCursor"]
    return names


async def test_the_next_come_soonest_first_and_the_past_latest_first(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    today = now().replace(microsecond=0)
    await books(
            hospital, appointment("waiting", today), appointment("seen", today, "fulfilled"),
            appointment("soon", in_days(2)), appointment("later", in_days(9)),
            appointment("off", in_days(3), "cancelled"), appointment("ago", in_days(-2)),
            appointment("missed", in_days(-8), "noshow"),
            appointment("off-ago", in_days(-9), "cancelled"),
    )  # fmt: skip
    lan = await sign_in(client, database, LAN.citizen_id)

    for limit in (1, 2, 100):
        assert await listed(client, lan, "next", limit) == ["waiting", "soon", "later"]
        assert await listed(client, lan, "past", limit) == ["seen", "ago", "missed", "off-ago"]
    everything = (await read(client, lan, "")).json()["items"]
    assert len(everything) == 8


async def test_a_calendar_says_when_and_where_and_not_what_for(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    at = in_days(2)
    await books(hospital, appointment("a", at))
    lan = await sign_in(client, database, LAN.citizen_id)
    row = await database.owner.fetchval("SELECT id FROM appointment")

    whole, one = [
        await read(client, lan, path) for path in ("/calendar.ics", f"/{row}/calendar.ics")
    ]

    assert whole.content == one.content
    (event,) = events_of(one)
    assert UUID(event["uid"]) == row
    assert event.start == at.astimezone(UTC)
    assert event.end - event.start == timedelta(minutes=20)
    assert b"DTSTART:" + at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ").encode() in one.content
    assert event["summary"] == "Lịch hẹn tại Bệnh viện Mẫu"
    assert (event["status"], event["sequence"], event["class"]) == ("CONFIRMED", 0, "PRIVATE")
    text = one.content.decode().replace("\r\n ", "") + str(one.headers)
    assert all(each not in text for each in (SECRET, "Minh", "Trần", LAN.hospital_number, "Nhịn"))
    assert set(event) == {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS",
                          "CLASS"}  # fmt: skip


async def test_a_calendar_speaks_the_readers_language_and_is_not_sent_twice(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await books(hospital, appointment("a", in_days(2)))
    lan = await sign_in(client, database, LAN.citizen_id)
    english = {"Accept-Language": "en-GB"}

    first = await read(client, lan, "/calendar.ics", **english)
    again = await read(
        client, lan, "/calendar.ics", **english, **{"If-None-Match": first.headers["etag"]}
    )

    (event,) = events_of(first)
    assert event["summary"] == "Appointment at Bệnh viện Mẫu"
    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["content-disposition"] == 'attachment; filename="calendar.ics"'
    assert "private" in first.headers["cache-control"]


async def test_every_change_is_a_later_sequence_of_one_event_and_the_last_one_removes_it(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    lan = await sign_in(client, database, LAN.citizen_id)
    seen, begins = [], in_days(2).replace(hour=3)
    for later, status in ((0, "booked"), (0, "booked"), (1, "booked"), (1, "cancelled")):
        await books(hospital, appointment("a", begins + timedelta(days=later), status))
        (event,) = events_of(await read(client, lan, "/calendar.ics"))
        seen.append((event["uid"], event["sequence"], event["status"], event.stamp))

    assert len({uid for uid, *_ in seen}) == 1
    assert [(sequence, status) for _, sequence, status, _ in seen] == [
        (0, "CONFIRMED"), (0, "CONFIRMED"), (1, "CONFIRMED"), (2, "CANCELLED"),
    ]  # fmt: skip
    assert [stamp for *_, stamp in seen] == sorted(stamp for *_, stamp in seen)


async def test_a_restricted_appointment_does_not_name_the_hospital(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    await books(hospital, appointment("a", in_days(2)))
    await database.owner.execute("UPDATE appointment SET restriction = 'hiv'")
    lan = await sign_in(client, database, LAN.citizen_id)
    before = events_of(await read(client, lan, "/calendar.ics"))
    await everybody_steps_up(database.owner)

    answer = await read(client, lan, "/calendar.ics")

    (event,) = events_of(answer)
    assert (before, event["summary"]) == ([], "Lịch hẹn")
    assert "Bệnh viện" not in answer.text.replace("\r\n ", "")


ROW = {
    "id": UUID(int=1), "status": "booked", "nameless": False, "sequence": 3,
    "starts_at": datetime(2026, 11, 25, 1, 30, tzinfo=UTC),
    "happened_at": datetime(2026, 11, 1, tzinfo=UTC),
}  # fmt: skip


def calendar_of(facility: str, **more: Any) -> bytes:
    row: Any = ROW | {"body": msgspec.json.encode({"facility": facility} | more).decode()}
    return written([row], Language.VI)


def the_event(text: bytes) -> Any:
    (event,) = Calendar.from_ical(text).walk("VEVENT")
    return event


@given(st.text(max_size=200))
def test_no_name_of_a_hospital_breaks_out_of_its_line(name: str) -> None:
    text = calendar_of(f"A{name}B")

    lines = text.replace(b"\r\n ", b"").split(b"\r\n")
    assert [line.partition(b":")[0] for line in lines] == [
        b"BEGIN", b"VERSION", b"PRODID", b"BEGIN", b"SUMMARY", b"DTSTART", b"DTSTAMP", b"UID",
        b"SEQUENCE", b"CLASS", b"STATUS", b"END", b"END", b"",
    ]  # fmt: skip
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert not any(byte < 0x20 and byte not in b"\r\n" for byte in text)
    event = the_event(text)
    assert event["summary"].startswith("Lịch hẹn tại A")
    assert event["summary"].endswith("B")


@pytest.mark.parametrize(
    "name", ["A\r\nBEGIN:VALARM\r\nB", "A\nATTACH:https://x B", "A;,:\\B", "A\u2028\x00\x85B"]
)
def test_a_hostile_name_is_only_a_name(name: str) -> None:
    event = the_event(calendar_of(name))

    assert event["summary"].startswith("Lịch hẹn tại A")
    assert "attach" not in event
    assert event.subcomponents == []


def test_an_end_that_is_none_is_left_out() -> None:
    event = the_event(calendar_of("A", endsAt="2026-11-25T01:30:00Z"))

    assert "dtend" not in event
