"""A facility sees of a notice: told, or not told for a reason of its own making."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from backend.core.clock import now
from backend.notifications.told import NotTold
from backend.sandbox.demo.story_bundles import LAN, StoryPerson, registration, visit
from tests.conftest import Database
from tests.harness.intake.hospital import (
    Hospital,
    a_hospital,
    an_hour_ago,
    resource,
    without_message_id,
)
from tests.harness.support.makers import WHY, a_desk, an_agent
from tests.harness.tree import read

Seen = list[tuple[str, str, str | None]]


async def seen(hospital: Hospital) -> Seen:
    listed = await hospital.sends("GET", "/hospital/deliveries", b"")
    return [(each["kind"], each["status"], each["reason"]) for each in listed.json()["items"]]


async def calls(hospital: Hospital, person: StoryPerson = LAN, event: str = "q1") -> str:
    answer = await hospital.says(
        {"eventId": event, "type": "queue.called", "ticket": "7", "counter": "1",
         "patient": {"hospitalNumber": person.hospital_number}}
    )  # fmt: skip
    assert answer.status_code == 202
    return answer.headers["hub-message-id"]


async def says_of(hospital: Hospital, **changes: Any) -> None:
    bundle = without_message_id(registration(LAN))
    resource(bundle, "Patient").update(changes)
    assert (await hospital.posts(bundle)).status_code == 200


@pytest.fixture
async def hospital(client: AsyncClient, database: Database) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN)
    return made


def test_every_reason_is_explained_in_the_list_of_errors() -> None:
    explained = read("docs/errors.md").partition("## Why a notice is not told")[2]

    assert {reason for reason in NotTold if f"- `{reason}`:" not in explained} == set()


async def test_a_call_to_a_number_that_the_facility_gave_is_told(hospital: Hospital) -> None:
    message = await calls(hospital)

    one = (await hospital.sends("GET", f"/hospital/messages/{message}", b"")).json()
    assert await seen(hospital) == [("queue.called", "told", None)]
    assert one["notices"] == [{"kind": "queue.called", "status": "told", "reason": None}]


async def test_without_a_number_it_is_not_told_and_a_later_number_changes_nothing(
    hospital: Hospital, client: AsyncClient, database: Database
) -> None:
    await database.owner.execute("DELETE FROM contact_point")
    await calls(hospital)
    before = await seen(hospital)
    await hospital.registers(LAN)
    await says_of(hospital)

    assert before == [("queue.called", "not_told", "no_number")]
    assert await seen(hospital) == before


async def test_a_number_that_its_desk_called_wrong_is_none(
    hospital: Hospital, client: AsyncClient, database: Database
) -> None:
    chart, contact = await database.owner.fetchrow("SELECT patient, id FROM contact_point")
    desk = await a_desk(client, await an_agent(facility=hospital.facility))
    await desk.asks("POST", f"/patients/{chart}/contacts/{contact}/wrong", reason=WHY)

    await calls(hospital)

    assert await seen(hospital) == [("queue.called", "not_told", "no_number")]


@pytest.mark.parametrize(
    "change",
    [
        "wrong_since = hub_clock()",
        "declined_at = hub_clock(), declined_by = 'patient', confirmed_at = NULL",
        "not_theirs_since = hub_clock()",
        "replaced_at = hub_clock()",
    ],
)
async def test_what_a_provider_or_the_person_said_of_the_number_is_not_told(
    hospital: Hospital, database: Database, change: str
) -> None:
    await database.owner.execute(f"UPDATE contact_point SET {change}")

    await calls(hospital)

    assert await seen(hospital) == [("queue.called", "told", None)]


async def test_of_the_dead_and_of_those_not_in_use_the_facility_reads_its_own_word(
    hospital: Hospital,
) -> None:
    await says_of(hospital, active=False)
    await calls(hospital, event="q1")
    await says_of(hospital, active=True, deceasedBoolean=True)
    await calls(hospital, event="q2")
    await says_of(hospital, active=True, deceasedBoolean=False)
    await calls(hospital, event="q3")

    assert await seen(hospital) == [
        ("queue.called", "told", None),
        ("queue.called", "not_told", "deceased"),
        ("queue.called", "not_told", "inactive"),
    ]


async def test_a_backfill_is_said_by_its_message(hospital: Hospital) -> None:
    answer = await hospital.posts(without_message_id(visit(LAN, now() - timedelta(days=30))))

    message = answer.headers["hub-message-id"]
    one = (await hospital.sends("GET", f"/hospital/messages/{message}", b"")).json()
    assert ("result.ready", "not_told", "backfill") in {
        (each["kind"], each["status"], each["reason"]) for each in one["notices"]
    }


async def test_what_a_clinician_keeps_back_is_held_back(
    hospital: Hospital, database: Database
) -> None:
    await hospital.posts(without_message_id(visit(LAN, an_hour_ago())))
    await database.owner.execute("UPDATE notification SET kept_back = true")

    assert {reason for _, _, reason in await seen(hospital)} == {"held_back"}


async def test_what_waits_for_its_order_or_its_release_stands_in_the_list(
    hospital: Hospital, database: Database
) -> None:
    message = await calls(hospital)
    for until_released in (False, True):
        await database.owner.execute(
            "INSERT INTO deferred_notice (id, patient, facility, kind, subject, due_at,"
            " received_event, accepted_at, happened_at, until_released)"
            " SELECT uuidv7(), id, facility, 'result.ready', uuidv7(), hub_clock(), $1::uuid,"
            " hub_clock(), hub_clock(), $2 FROM patient",
            message, until_released,
        )  # fmt: skip

    assert await seen(hospital) == [
        ("result.ready", "not_told", "held_back"),
        ("result.ready", "not_told", "waits"),
        ("queue.called", "told", None),
    ]
    one = (await hospital.sends("GET", f"/hospital/messages/{message}", b"")).json()
    assert len(one["notices"]) == 3


async def test_a_message_of_another_facility_is_not_there(
    hospital: Hospital, client: AsyncClient, database: Database
) -> None:
    other = await a_hospital(database, client, "KHAC")
    message = await calls(hospital)

    answer = await other.sends("GET", f"/hospital/messages/{message}", b"")

    assert answer.status_code == 404
    assert await seen(other) == []
