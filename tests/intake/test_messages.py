"""A facility hears what became of its messages; those that wait are let in once that is settled."""

from dataclasses import replace
from typing import Any

from httpx import AsyncClient, Response

from backend.intake.quarantine import Retried, retry
from backend.sandbox.demo.story_bundles import LAN, TU, registration, visit
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, without_message_id
from tests.harness.intake.other_kinds import CONDITION

MIXED_UP = replace(TU, hospital_number=LAN.hospital_number)
"""Tư's citizen id beside the hospital number that was given to Lan."""


async def describe_errors(hospital: Hospital, answer: Response) -> Any:
    found = await hospital.sends(
        "GET", f"/hospital/messages/{answer.headers['hub-message-id']}", b""
    )
    assert found.status_code == 200, found.text
    return found.json()


async def test_what_became_of_a_message(hospital: Hospital) -> None:
    bundle = visit(LAN, an_hour_ago())
    first, again = await hospital.posts(bundle), await hospital.posts(bundle)
    alone = await hospital.sends(
        "POST", "/fhir/R4/Condition", str(CONDITION).replace("'", '"').encode()
    )

    assert again.headers["hub-message-id"] == first.headers["hub-message-id"]
    assert (await describe_errors(hospital, first))["outcome"] == "applied"
    assert (await describe_errors(hospital, alone))["outcome"] == "applied"


async def test_a_facility_hears_why_its_own_numbers_wait(hospital: Hospital) -> None:
    answer = await hospital.posts(without_message_id(registration(MIXED_UP)))

    said = await describe_errors(hospital, answer)
    listed = (await hospital.sends("GET", "/hospital/messages", b"")).json()["items"]

    assert (said["outcome"], said["reason"]) == ("waiting", "own_numbers")
    assert "send the registration again" in said["toDo"]
    assert listed == [said]


async def test_another_facilitys_message_is_not_there(
    database: Database, client: AsyncClient, hospital: Hospital
) -> None:
    answer = await hospital.posts(visit(LAN, an_hour_ago()))
    other = await a_hospital(database, client, "BV KHAC")

    found = await other.sends("GET", f"/hospital/messages/{answer.headers['hub-message-id']}", b"")

    assert found.status_code == 404


async def test_what_waited_is_admitted_once(database: Database, hospital: Hospital) -> None:
    await hospital.posts(without_message_id(registration(MIXED_UP)))
    before = await retry(hospital.facility)
    await database.owner.execute(
        "DELETE FROM patient_identifier WHERE system = 'urn:vn:citizen-id'"
    )

    after = await retry(hospital.facility)

    assert before == Retried(stored=0, waiting=1, refused=0)
    assert after == Retried(stored=1, waiting=0, refused=0)
    once_more = await checksums(database)
    assert await retry(hospital.facility) == Retried(0, 0, 0)
    assert await checksums(database) == once_more
