"""A registration that cannot be decided waits for a human, and its sender hears so."""

from dataclasses import replace
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.registration.patients import Identifier, find
from backend.core.errors import NotFound
from backend.intake.pipeline.patient_matching import Ruling
from backend.intake.pipeline.reasons import WhyRefused
from backend.intake.pipeline.take_in import Decided
from backend.intake.quarantine import Retried, let_in, refuse, retry, waiting_at
from backend.sandbox.demo.story_bundles import (
    HOSPITAL_NUMBERS,
    LAN,
    TU,
    StoryPerson,
    registration,
)
from tests.conftest import Database
from tests.harness.alarms import alarms
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital, without_message_id

SOMEBODY_ELSE = replace(LAN, birth_date="1961-07-07", hospital_number="")
"""Lan's citizen id on the birth date of somebody else, and no number of the hospital's own."""
MIXED_UP = replace(TU, hospital_number=LAN.hospital_number)
"""Tư's citizen id beside the hospital number that was given to Lan."""


@pytest.fixture
async def other(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN)
    return made


async def nobody() -> None:
    """Write down nothing of who decided."""


async def waits(hospital: Hospital, person: StoryPerson = MIXED_UP) -> UUID:
    bundle = without_message_id(registration(person))
    patient = bundle["entry"][0]["resource"]
    patient["identifier"] = [each for each in patient["identifier"] if each["value"]]
    answer = await hospital.posts(bundle)
    said = answer.json()["entry"][0]["response"]
    assert said["status"] == "202 Accepted"
    return UUID(answer.headers["Hub-Message-Id"])


@pytest.mark.parametrize(
    ("person", "reason"), [(SOMEBODY_ELSE, "other_details"), (MIXED_UP, "own_numbers")]
)
async def test_nothing_of_it_is_stored_and_the_message_is_kept(
    database: Database, other: Hospital, person: StoryPerson, reason: str
) -> None:
    before = await checksums(database)

    message = await waits(other, person)

    assert await checksums(database) == before
    kept = await database.owner.fetchrow("SELECT * FROM received_event WHERE id = $1", message)
    assert (kept["outcome"], kept["reason"]) == ("quarantined", reason)
    heard = await other.sends("GET", f"/hospital/messages/{message}", b"")
    assert (heard.json()["outcome"], heard.json()["reason"]) == ("waiting", reason)


async def test_results_for_who_waits_wait_too_and_are_told_so(
    database: Database, other: Hospital
) -> None:
    stranger = replace(SOMEBODY_ELSE, citizen_id=LAN.citizen_id)
    await waits(other, stranger)
    await database.owner.execute("DELETE FROM patient_lookup WHERE kind = 'citizen-id'")
    before = await checksums(database)
    call = {"eventId": "q-1", "type": "queue.called", "ticket": "A1", "counter": "3",
            "patient": {"citizenId": LAN.citizen_id}}  # fmt: skip

    heard = await other.says(call)

    assert heard.status_code == 202
    assert heard.json() == {
        "eventId": "q-1", "outcome": "waiting",
        "remarks": ["waits: an earlier message about the same number waits for a person"],
    }  # fmt: skip
    assert await checksums(database) == before


async def test_a_desk_looks_at_what_waits_the_oldest_first(other: Hospital) -> None:
    messages = [await waits(other), await waits(other, SOMEBODY_ELSE)]
    lan = await find([Identifier("urn:vn:citizen-id", LAN.citizen_id)], other.facility)

    seen = await waiting_at(other.facility, 10, None)

    assert lan
    assert [each.id for each in seen] == messages
    assert [each.people[0].birth_date for each in seen] == [TU.birth_date, "1961-07-07"]
    assert [each.charts for each in seen] == [(lan.patient,), (lan.patient,)]
    assert [each.id for each in await waiting_at(other.facility, 1, messages[0])] == messages[1:]


async def test_a_desk_says_which_chart_is_meant(database: Database, other: Hospital) -> None:
    lan = await find([Identifier("urn:vn:citizen-id", LAN.citizen_id)], other.facility)
    assert lan
    message = await waits(other)

    assert await let_in(other.facility, message, Decided(Ruling(), nobody)) == "waiting"
    assert (
        await let_in(other.facility, message, Decided(Ruling(chart=lan.patient), nobody))
        == "stored"
    )

    tu = await find([Identifier("urn:vn:citizen-id", TU.citizen_id)], other.facility)
    assert tu
    assert tu.patient == lan.patient
    assert await find([Identifier("urn:vn:citizen-id", LAN.citizen_id)], other.facility) is None
    with pytest.raises(NotFound):
        await let_in(other.facility, message, Decided(Ruling(chart=lan.patient), nobody))


async def test_a_desk_names_no_chart_of_another_hospital(
    database: Database, client: AsyncClient, other: Hospital
) -> None:
    elsewhere = await a_hospital(database, client, "BV KHAC")
    await elsewhere.registers(TU)
    theirs = await find([Identifier(HOSPITAL_NUMBERS, TU.hospital_number)], elsewhere.facility)
    assert theirs
    message = await waits(other)
    before = await checksums(database)

    with pytest.raises(NotFound):
        await let_in(other.facility, message, Decided(Ruling(chart=theirs.patient), nobody))
    with pytest.raises(NotFound):
        await let_in(elsewhere.facility, message, Decided(Ruling(), nobody))
    with pytest.raises(NotFound):
        await refuse(elsewhere.facility, message, WhyRefused.OTHER_PERSON, nobody)

    assert await checksums(database) == before


async def test_what_a_desk_refuses_is_not_stored_and_its_sender_hears_why(
    database: Database, other: Hospital
) -> None:
    message = await waits(other)
    before = await checksums(database)

    await refuse(other.facility, message, WhyRefused.WRONG_NUMBER, nobody)

    assert await checksums(database) == before
    heard = (await other.sends("GET", f"/hospital/messages/{message}", b"")).json()
    assert (heard["outcome"], heard["reason"]) == ("refused", "wrong_number")
    assert "send it again" in heard["toDo"]
    assert await retry(other.facility) == Retried(0, 0, 0)
    with pytest.raises(NotFound):
        await refuse(other.facility, message, WhyRefused.WRONG_NUMBER, nobody)


async def test_a_citizen_id_that_is_none_is_refused_by_its_place(
    database: Database, other: Hospital
) -> None:
    before = await checksums(database)

    answer = await other.posts(without_message_id(registration(replace(LAN, citizen_id="12"))))

    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[0].resource.identifier"]
    assert await checksums(database) == before


async def test_a_message_that_does_not_open_ends_and_holds_back_no_other(
    database: Database, other: Hospital
) -> None:
    await waits(other)
    await waits(other, SOMEBODY_ELSE)
    first = await database.owner.fetchval(
        "UPDATE received_event SET raw = raw || '\\x00' WHERE id = (SELECT id FROM received_event"
        " WHERE outcome = 'quarantined' ORDER BY id LIMIT 1) RETURNING id"
    )

    tried = await retry(other.facility)

    assert tried == Retried(stored=0, waiting=1, refused=0, unreadable=1)
    assert await alarms(database) == ["rows.unreadable"]
    seen = await other.sends("GET", f"/hospital/messages/{first}", b"")
    assert seen.json()["outcome"] == "unreadable"
    assert await retry(other.facility) == Retried(stored=0, waiting=1, refused=0)
