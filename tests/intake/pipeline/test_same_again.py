"""The same again changes nothing and tells nobody, however often and however it is sent."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from httpx import AsyncClient

from backend.core.database import execute, transaction
from backend.intake.fhir.interactions import RequestOptions, open_whole
from backend.intake.fhir.mapping import read_submission
from backend.intake.fhir.model.parsing import parse_resource
from backend.intake.fhir.model.read_elements import Faults
from backend.intake.fhir.model.sender import nothing_declared
from backend.intake.pipeline.events import InboundMessage
from backend.intake.pipeline.take_in import take_in
from backend.records.patient_lock import lock_patient
from backend.sandbox.demo.story_bundles import LAN, Resource, encoded, registration, visit
from conformance.stored import stored
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import (
    Hospital,
    a_hospital,
    an_hour_ago,
    only,
    resource,
    with_new_names,
    without_message_id,
)

AGAIN: dict[str, Callable[[Resource], Resource]] = {
    "the very same message": lambda bundle: bundle,
    "without a message id": without_message_id,
    "with other names and another order of keys": with_new_names,
}


@pytest.mark.parametrize("how", AGAIN)
async def test_the_same_again_changes_no_row(
    database: Database, hospital: Hospital, how: str
) -> None:
    bundle = visit(LAN, an_hour_ago())
    await hospital.posts(registration(LAN) | {"identifier": {"value": "another"}})
    await hospital.posts(bundle)
    before = await checksums(database)

    answer = await hospital.posts(AGAIN[how](bundle))

    assert answer.status_code == 200, answer.text
    assert await checksums(database) == before


async def test_a_replay_gets_the_answer_it_got(hospital: Hospital) -> None:
    bundle = visit(LAN, an_hour_ago())

    first, second = await hospital.posts(bundle), await hospital.posts(bundle)

    assert second.text == first.text
    assert "201 Created" in second.text


async def test_a_re_send_under_another_id_is_answered_as_unchanged(hospital: Hospital) -> None:
    bundle = visit(LAN, an_hour_ago())
    await hospital.posts(bundle)

    answer = await hospital.posts(bundle, Idempotency_Key="a-second-try")

    assert {each["response"]["status"] for each in answer.json()["entry"]} == {"200 OK"}


async def test_one_id_for_two_contents_is_refused(database: Database, hospital: Hospital) -> None:
    at = an_hour_ago()
    await hospital.posts(visit(LAN, at), Idempotency_Key="m-1")
    before = await stored(database.owner)

    answer = await hospital.posts(visit(LAN, at, {"718-7": "9.1"}), Idempotency_Key="m-1")

    assert answer.status_code == 409
    assert answer.json()["issue"][0]["code"] == "duplicate"
    assert await stored(database.owner) == before


async def test_there_and_back_again_is_three_changes(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    numbers = []

    for changes in (None, {"718-7": "12.9"}, None):
        await hospital.posts(without_message_id(visit(LAN, at, changes)))
        numbers.append(await database.owner.fetchval("SELECT n FROM patient_change"))
    values = await database.owner.fetchval("SELECT body FROM result")

    assert [after - before for before, after in pairwise(numbers)] == [1, 1]
    assert '"value":13.2,' in values
    assert '"value":12.9,' not in values


def versioned(at: datetime, value: str, *, minutes: int) -> Resource:
    bundle = only(visit(LAN, at, {"718-7": value}), "DiagnosticReport", "Observation")
    for each in bundle["entry"]:
        each["resource"]["meta"] = {"lastUpdated": (at + timedelta(minutes=minutes)).isoformat()}
    return bundle


async def test_an_older_version_that_comes_late_is_no_news(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    await hospital.posts(versioned(at, "12.9", minutes=5))
    before = await checksums(database)

    answer = await hospital.posts(versioned(at, "13.2", minutes=2))

    assert {each["response"]["status"] for each in answer.json()["entry"]} == {"200 OK"}
    assert await checksums(database) == before


async def test_a_newer_number_of_the_version_goes_before_an_older_one(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    for version, value in (("10", "12.9"), ("9", "13.2")):
        bundle = only(visit(LAN, at, {"718-7": value}), "Observation")
        for each in bundle["entry"]:
            each["resource"]["meta"] = {"versionId": version}
        await hospital.posts(bundle)

    document = await database.owner.fetchval(
        "SELECT body FROM observation WHERE code LIKE $1", "%|718-7"
    )

    assert '"value":12.9,' in document


async def test_twenty_posts_at_once_have_one_effect(database: Database, hospital: Hospital) -> None:
    at = an_hour_ago()
    bundles = [visit(LAN, at), without_message_id(visit(LAN, at))] * 10

    answers = await asyncio.gather(*(hospital.posts(each) for each in bundles))

    assert {each.status_code for each in answers} == {200}
    counts = {
        table: await database.owner.fetchval(f"SELECT count(*) FROM {table}")
        for table in (
            "result",
            "observation",
            "appointment",
            "medicine",
            "notification",
            "delivery",
        )
    }
    assert counts == {"result": 1, "observation": 5, "appointment": 1, "medicine": 1,
                      "notification": 2, "delivery": 1}  # fmt: skip


async def test_twenty_registrations_at_once_make_one_person(
    database: Database, client: AsyncClient
) -> None:
    hospital = await a_hospital(database, client)
    bundle = without_message_id(registration(LAN))

    answers = await asyncio.gather(*(hospital.posts(bundle) for _ in range(20)))

    assert {each.status_code for each in answers} == {200}
    assert await database.owner.fetchval("SELECT count(*) FROM patient") == 1


def message_of(bundle: Resource, hospital: Hospital) -> InboundMessage:
    raw, wishes = encoded(bundle), RequestOptions(facility=hospital.facility)
    sender = nothing_declared(hospital.facility)
    return read_submission(open_whole(raw, parse_resource(raw), Faults(), wishes, sender), sender)


@pytest.mark.parametrize("how", ["the very same message", "without a message id"])
async def test_the_second_of_two_waits_until_the_first_is_done(
    database: Database, hospital: Hospital, how: str
) -> None:
    bundle = AGAIN[how](visit(LAN, an_hour_ago()))
    message = message_of(bundle, hospital)

    async with transaction(), asyncio.timeout(10):
        await take_in(message, hospital.facility)
        second = asyncio.create_task(take_in(message, hospital.facility), context=Context())
        await somebody_waits(database, second.done)
        assert not second.done()
    assert (await second).answer

    assert await database.owner.fetchval("SELECT count(*) FROM delivery") == 1
    assert await database.owner.fetchval("SELECT count(DISTINCT change_n) FROM observation") == 1


async def test_nobody_writes_into_a_record_that_somebody_else_is_writing(
    database: Database, hospital: Hospital
) -> None:
    message = message_of(without_message_id(visit(LAN, an_hour_ago())), hospital)
    patient = await database.owner.fetchval("SELECT id FROM patient")

    async with transaction(), asyncio.timeout(10):
        await execute("SELECT open_intake($1)", hospital.facility)
        await lock_patient(patient)
        other = asyncio.create_task(take_in(message, hospital.facility), context=Context())
        await somebody_waits(database, other.done)
        assert not other.done()

    assert (await other).answer


async def somebody_waits(database: Database, over: Callable[[], bool]) -> None:
    """Look at the locks until one is waited for. Every look lets the other task go on."""
    while not over() and not await database.owner.fetchval(
        "SELECT count(*) FROM pg_locks WHERE NOT granted"
    ):
        continue


async def test_a_correction_with_the_same_message_time_is_a_change(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    await hospital.posts(versioned(at, "13.2", minutes=1))

    await hospital.posts(versioned(at, "12.9", minutes=1))

    document = await database.owner.fetchval("SELECT body FROM result")
    assert '"value":12.9,' in document


async def test_metadata_of_the_sending_is_not_content(
    database: Database, hospital: Hospital
) -> None:
    at = an_hour_ago()
    await hospital.posts(versioned(at, "13.2", minutes=1))
    before = await said(database)
    again = versioned(at, "13.2", minutes=30)
    resource(again, "Observation")["meta"]["versionId"] = "7"

    await hospital.posts(again)

    assert await said(database) == before


async def said(database: Database) -> list[Any]:
    """What patients read and are told; when it was last said may move on."""
    rows = await database.owner.fetch(
        "SELECT body, change_n FROM observation UNION ALL SELECT body, change_n FROM result"
        " UNION ALL SELECT kind, 0 FROM notification"
    )
    return sorted(map(tuple, rows))
