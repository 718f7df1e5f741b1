"""AZ-06: a hospital's key shows, starts and changes nothing of a patient only another one knows."""

from typing import Any

import pytest
from httpx import Response

from backend.sandbox.demo.story_bundles import HOSPITAL_NUMBERS, Resource, StoryPerson, visit
from tests.conftest import Database
from tests.harness.intake.hospital import an_hour_ago, without_message_id
from tests.matrix.kinds import Caller
from tests.matrix.table import TABLE
from tests.matrix.world import OWNER, World

EVENTS, FHIR, DELIVERIES = "POST /hospital/events", "POST /fhir/R4", "GET /hospital/deliveries"
NOBODY = StoryPerson("Không Ai", "BN9999", "079185009999", "1990-01-01", "male", "0904999999")


async def told(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT count(*) FROM notification"))


async def records(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT count(*) FROM result"))


def event(event_id: str, **patient: str) -> dict[str, Any]:
    return {"eventId": event_id, "type": "result.ready", "patient": patient}


def a_visit(person: StoryPerson) -> Resource:
    return without_message_id(visit(person, an_hour_ago()))


async def says(world: World, body: Any, name: str = EVENTS) -> Response:
    return await world.knock(name, TABLE[name], Caller.FOREIGN_KEY, body=body)


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        ({"citizenId": OWNER.citizen_id}, {"citizenId": NOBODY.citizen_id}),
        ({"hospitalNumber": OWNER.hospital_number}, {"hospitalNumber": NOBODY.hospital_number}),
    ],
    ids=["by citizen id", "by the other hospital's number"],
)
async def test_an_event_about_another_hospitals_patient_is_about_nobody(
    world: World, database: Database, known: dict[str, str], unknown: dict[str, str]
) -> None:
    before = await told(database)

    theirs, nobodys = (
        await says(world, event("1", **known)),
        await says(world, event("2", **unknown)),
    )

    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
    assert sorted(theirs.headers.items()) == sorted(nobodys.headers.items())
    assert await told(database) == before


async def test_a_bundle_about_another_hospitals_patient_is_about_nobody(
    world: World, database: Database
) -> None:
    before = await told(database), await records(database)

    theirs = await says(world, a_visit(OWNER), FHIR)
    nobodys = await says(world, a_visit(NOBODY), FHIR)

    assert (await told(database), await records(database)) == before
    ours = await world.knock(FHIR, TABLE[FHIR], Caller.KEY, body=a_visit(OWNER))
    assert (theirs.status_code, nobodys.status_code, ours.status_code) == (422, 422, 200)
    assert theirs.content == nobodys.content
    assert OWNER.name not in theirs.text
    assert HOSPITAL_NUMBERS not in theirs.text


async def test_a_hospital_is_not_told_what_became_of_anothers_messages(world: World) -> None:
    ours = await world.knock(DELIVERIES, TABLE[DELIVERIES], Caller.KEY)
    theirs = await world.knock(DELIVERIES, TABLE[DELIVERIES], Caller.FOREIGN_KEY)

    assert ours.json()["items"]
    assert theirs.json()["items"] == []
