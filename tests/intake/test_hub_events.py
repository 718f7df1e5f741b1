"""The small JSON event: one call, the same answer each time, nothing clinical fits into it."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from backend.core.clock import now
from backend.sandbox.demo.story_bundles import TU
from conformance.stored import stored
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(TU)
    return made


def a_call(**changes: Any) -> dict[str, Any]:
    call = {"eventId": "q-1", "type": "queue.called", "ticket": "A0027", "counter": "3",
            "patient": {"hospitalNumber": TU.hospital_number}}  # fmt: skip
    return call | changes


async def test_a_called_number_is_told_at_once(database: Database, hospital: Hospital) -> None:
    answer = await hospital.says(a_call())

    assert answer.status_code == 202
    assert answer.json() == {"eventId": "q-1", "outcome": "applied"}
    told = await database.owner.fetchrow("SELECT kind, ticket, counter, lane FROM notification")
    assert tuple(told) == ("queue.called", "A0027", "3", 1)
    listed = await hospital.sends("GET", "/hospital/deliveries", b"")
    assert [each["senderId"] for each in listed.json()["items"]] == ["q-1"]
    assert (
        await database.owner.fetchval("SELECT count(*) FROM delivery WHERE status = 'planned'") == 1
    )


async def test_the_same_event_again_gets_the_same_answer_and_tells_nobody(
    database: Database, hospital: Hospital
) -> None:
    first = await hospital.says(a_call())
    before = await checksums(database)

    second = await hospital.says(a_call(), Idempotency_Key="q-1")

    assert (second.status_code, second.text) == (202, first.text)
    assert await checksums(database) == before


async def test_an_event_whose_answer_cannot_be_read_is_known_and_tells_nobody(
    database: Database, hospital: Hospital
) -> None:
    await hospital.says(a_call())
    await database.owner.execute("UPDATE received_event SET answer = '\\x00'")

    second = await hospital.says(a_call())

    assert (second.status_code, second.json()["eventId"]) == (202, "q-1")
    assert await database.owner.fetchval("SELECT count(*) FROM notification") == 1


async def test_one_event_id_for_two_things_is_refused(
    database: Database, hospital: Hospital
) -> None:
    await hospital.says(a_call())
    before = await stored(database.owner)

    answer = await hospital.says(a_call(ticket="A0028"))

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")
    assert await stored(database.owner) == before


AT = (now() + timedelta(days=3)).isoformat()
TOLD: list[tuple[dict[str, Any], str]] = [
    ({"type": "result.ready", "orderId": "O-7"}, "result.ready"),
    ({"type": "result.ready"}, "result.ready"),
    ({"type": "document.ready", "documentId": "D-1"}, "document.ready"),
    ({"type": "appointment.booked", "appointmentId": "H-1", "startsAt": AT}, "appointment.booked"),
    ({"type": "appointment.moved", "appointmentId": "H-1", "startsAt": AT}, "appointment.moved"),
    ({"type": "appointment.cancelled", "appointmentId": "H-1"}, "appointment.cancelled"),
]


@pytest.mark.parametrize(("event", "kind"), TOLD)
async def test_every_type_is_told_as_what_it_is(
    database: Database, hospital: Hospital, event: dict[str, Any], kind: str
) -> None:
    who = {"citizenId": TU.citizen_id}

    answer = await hospital.says({"eventId": "e-1", "patient": who} | event)

    assert answer.status_code == 202, answer.text
    assert await database.owner.fetchval("SELECT kind FROM notification") == kind


async def test_one_order_is_told_once_under_any_event_id(
    database: Database, hospital: Hospital
) -> None:
    for event_id in ("e-1", "e-2"):
        await hospital.says({"eventId": event_id, "type": "result.ready", "orderId": "O-7",
                             "patient": {"hospitalNumber": TU.hospital_number}})  # fmt: skip

    assert await database.owner.fetchval("SELECT count(*) FROM notification") == 1


async def test_a_call_of_this_morning_is_kept_silently(
    database: Database, hospital: Hospital
) -> None:
    answer = await hospital.says(a_call(happenedAt=(now() - timedelta(hours=3)).isoformat()))

    assert answer.status_code == 202
    assert await database.owner.fetchval("SELECT count(*) FROM notification") == 0


WRONG: list[tuple[dict[str, Any], int]] = [
    ({"ticket": "Nguyễn Văn Tư"}, 400),
    ({"counter": "Khoa Tâm thần"}, 400),
    ({"ticket": "A12345"}, 400),
    ({"ticket": "12\n"}, 400),
    ({"note": "HGB 9.1"}, 400),
    ({"type": "result.bad"}, 400),
    ({"happenedAt": "2026-11-20T10:00:00"}, 400),
    ({"eventId": ""}, 400),
    ({"patient": {}}, 422),
    ({"patient": {"citizenId": TU.citizen_id, "hospitalNumber": "BN0002"}}, 422),
    ({"patient": {"citizenId": "12"}}, 422),
    ({"patient": {"hospitalNumber": "nobody"}}, 422),
]


@pytest.mark.parametrize(("changes", "status"), WRONG)
async def test_what_does_not_belong_into_an_event_is_refused(
    database: Database, hospital: Hospital, changes: dict[str, Any], status: int
) -> None:
    before = await stored(database.owner)

    answer = await hospital.says(a_call(**changes))

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for value in ("Tư", "Tâm thần", "9.1", TU.citizen_id, "nobody"):
        assert value not in answer.text
    assert await stored(database.owner) == before


async def test_the_header_names_the_event_or_nothing(
    database: Database, hospital: Hospital
) -> None:
    before = await stored(database.owner)

    answer = await hospital.says(a_call(), Idempotency_Key="another")

    assert answer.json()["code"] == "other_idempotency_key"
    assert await stored(database.owner) == before
