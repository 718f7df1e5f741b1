"""A registration that cannot be this person waits for a human, and its sender learns nothing."""

from dataclasses import replace

import pytest
from httpx import AsyncClient

from backend.intake.quarantine import Retried, retry
from backend.sandbox.demo.story_bundles import LAN, TU, registration, visit
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, without_message_id

SOMEBODY_ELSE = replace(LAN, birth_date="1961-07-07", hospital_number="XX77")
"""Lan's citizen id on the birth date of somebody else."""


@pytest.fixture
async def other(database: Database, client: AsyncClient) -> Hospital:
    await (await a_hospital(database, client)).registers(LAN)
    return await a_hospital(database, client, "BV KHAC")


async def test_nothing_of_it_is_stored_and_the_message_is_kept(
    database: Database, other: Hospital
) -> None:
    before = await checksums(database)

    answer = await other.posts(registration(SOMEBODY_ELSE))

    assert answer.status_code == 200
    assert await checksums(database) == before
    kept = await database.owner.fetchrow(
        "SELECT outcome, reason FROM received_event ORDER BY id DESC LIMIT 1"
    )
    assert tuple(kept) == ("quarantined", "identity")


async def test_the_answers_are_those_that_a_stranger_gets(
    database: Database, other: Hospital
) -> None:
    """Registered, registered again, sent a visit, called: the same words for both."""
    heard: list[list[str]] = []

    for person in (SOMEBODY_ELSE, replace(SOMEBODY_ELSE, citizen_id="079161000044",
                                          hospital_number="XX78")):  # fmt: skip
        number = person.hospital_number
        call = {"eventId": f"q-{number}", "type": "queue.called", "ticket": "A1", "counter": "3",
                "patient": {"hospitalNumber": number}}  # fmt: skip
        answers = [
            await other.posts(without_message_id(registration(person))),
            await other.posts(without_message_id(registration(person))),
            await other.posts(visit(person, an_hour_ago())),
            await other.says(call),
        ]
        heard.append([
            f"{each.status_code} {each.json().get('outcome')}"
            f" {[entry['response']['status'] for entry in each.json().get('entry', [])]}"
            for each in answers
        ])  # fmt: skip

    assert heard[0] == heard[1]
    assert heard[0][0] == "200 None ['201 Created']"


async def test_what_waits_reaches_nobody(database: Database, other: Hospital) -> None:
    await other.posts(registration(SOMEBODY_ELSE))
    before = await checksums(database)

    await other.posts(visit(SOMEBODY_ELSE, an_hour_ago()))

    assert await checksums(database) == before


async def test_who_is_known_by_the_same_birth_date_is_linked(
    database: Database, other: Hospital
) -> None:
    await other.registers(replace(LAN, hospital_number="XX79"), TU)

    answer = await other.posts(visit(replace(LAN, hospital_number="XX79"), an_hour_ago()))

    assert answer.status_code == 200
    assert await database.owner.fetchval("SELECT count(*) FROM patient") == 2
    assert "etag" in answer.json()["entry"][0]["response"]


async def test_a_citizen_id_that_is_none_is_refused_by_its_place(
    database: Database, other: Hospital
) -> None:
    before = await checksums(database)

    answer = await other.posts(registration(replace(LAN, citizen_id="12")))

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[0].resource.identifier"]
    assert await checksums(database) == before


async def test_a_message_that_does_not_open_ends_and_holds_back_no_other(
    database: Database, other: Hospital
) -> None:
    await other.posts(registration(SOMEBODY_ELSE))
    await other.posts(visit(SOMEBODY_ELSE, an_hour_ago()))
    first = await database.owner.fetchval(
        "UPDATE received_event SET raw = raw || '\\x00' WHERE id = (SELECT id FROM received_event"
        " WHERE outcome = 'quarantined' ORDER BY id LIMIT 1) RETURNING id"
    )
    await database.owner.execute("UPDATE patient SET birth_date = NULL")

    tried = await retry(other.facility)

    assert tried == Retried(stored=0, waiting=0, refused=1, unreadable=1)
    assert await alarms(database) == ["rows.unreadable"]
    seen = await other.sends("GET", f"/hospital/messages/{first}", b"")
    assert seen.json()["outcome"] == "applied"
    assert await retry(other.facility) == Retried(stored=0, waiting=0, refused=1)
