"""A record and what it mentions, sent at once: one is held open, and both end complete."""

import asyncio
import json
from contextvars import Context
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.intake.fhir.interactions import RequestOptions, take_resource
from backend.intake.fhir.model.opening import ResourceRequest
from backend.intake.pipeline.failpoints import UNCOMMITTED, no_failpoint
from backend.sandbox.demo.story_bundles import encoded
from tests.any_order.invented import DOCTOR, ILLNESS, MEASURED, REPORT, Resource, patient
from tests.any_order.sending import posts, puts
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await puts(made, patient())
    return made


@dataclass
class HeldOpen:
    """A message that has done all of it, and is not committed yet."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def failpoint(self, point: str, _: UUID) -> None:
        if point == UNCOMMITTED:
            self.reached.set()
            await self.goes_on.wait()


async def takes(hospital: Hospital, one: Resource, held: HeldOpen | None = None) -> int:
    failpoint = held.failpoint if held else no_failpoint
    options = RequestOptions(facility=hospital.facility, failpoint=failpoint)
    asked = ResourceRequest(put_id=one["id"])
    answer = await take_resource(encoded(one), one["resourceType"], asked, options)
    return int(answer.status_code or 0)


def sent(hospital: Hospital, one: Resource, held: HeldOpen | None = None) -> "asyncio.Task[int]":
    return asyncio.create_task(takes(hospital, one, held), context=Context())


async def waits(task: "asyncio.Task[int]") -> bool:
    _, pending = await asyncio.wait([task], timeout=0.5)
    return bool(pending)


@pytest.mark.parametrize(
    ("first", "then"),
    [(ILLNESS, DOCTOR), (DOCTOR, ILLNESS), (REPORT, MEASURED), (MEASURED, REPORT)],
    ids=["record first", "name first", "report first", "measurement first"],
)
async def test_two_that_complete_each_other_at_once_end_complete(
    database: Database, hospital: Hospital, first: Resource, then: Resource
) -> None:
    held = HeldOpen()
    one = sent(hospital, first, held)
    await held.reached.wait()
    other = sent(hospital, then)
    assert await waits(other), "it looked for what the first has not committed"
    held.goes_on.set()

    assert [await one, await other] == [201, 201]
    if DOCTOR in (first, then):
        said = json.loads(await database.owner.fetchval("SELECT body FROM condition"))
        assert said["people"] == ["BS. Lê Minh"]
    else:
        said = json.loads(await database.owner.fetchval("SELECT body FROM result"))
        assert ([part["name"] for part in said["observations"]], said["missing"]) == (["Natri"], 0)


async def test_a_role_that_gets_its_name_meanwhile_names_what_waits_for_it(
    database: Database, hospital: Hospital
) -> None:
    role = {"resourceType": "PractitionerRole", "id": "r1",
            "practitioner": {"reference": "Practitioner/p1"}}  # fmt: skip
    await puts(hospital, role)
    held = HeldOpen()
    one = sent(hospital, ILLNESS | {"recorder": {"reference": "PractitionerRole/r1"}}, held)
    await held.reached.wait()
    other = sent(hospital, DOCTOR)
    assert await waits(other)
    held.goes_on.set()

    assert [await one, await other] == [201, 201]
    said = json.loads(await database.owner.fetchval("SELECT body FROM condition"))
    assert said["people"] == ["BS. Lê Minh"]


async def test_records_of_others_do_not_wait_for_a_name_that_is_there(
    database: Database, hospital: Hospital
) -> None:
    await puts(hospital, DOCTOR)
    held = HeldOpen()
    one = sent(hospital, ILLNESS, held)
    await held.reached.wait()

    again = await takes(hospital, DOCTOR)
    renamed = sent(hospital, DOCTOR | {"name": [{"text": "BS. Lê Thị Minh"}]})
    assert not await waits(renamed)
    held.goes_on.set()

    assert [again, await renamed, await one] == [200, 200, 201]


async def test_messages_that_bring_and_mention_each_others_names_lock_nobody_out(
    database: Database, hospital: Hospital
) -> None:
    """Names are locked before charts, and both in one order: else some would end in a deadlock."""
    for n in range(8):
        left = [ILLNESS | {"id": f"a{n}", "recorder": {"reference": f"Practitioner/r{n}"}},
                DOCTOR | {"id": f"l{n}"}]  # fmt: skip
        right = [ILLNESS | {"id": f"b{n}", "recorder": {"reference": f"Practitioner/l{n}"}},
                 DOCTOR | {"id": f"r{n}"}]  # fmt: skip
        await asyncio.gather(posts(hospital, left), posts(hospital, right))

    rows = await database.owner.fetch("SELECT body FROM condition")
    assert [json.loads(row["body"])["people"] for row in rows] == [["BS. Lê Minh"]] * 16
    assert await database.owner.fetchval("SELECT count(*) FROM awaiting") == 0
