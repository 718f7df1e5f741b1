"""A record and what it mentions, sent at once: one is held open, and both end complete."""

import asyncio
import json

import pytest
from httpx import AsyncClient

from tests.any_order.invented import Resource, patient
from tests.any_order.sending import (
    DOCTOR,
    ILLNESS,
    MEASURED,
    REPORT,
    HeldOpen,
    posts,
    puts,
    sent,
    takes,
    waits,
)  # fmt: skip
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await puts(made, patient())
    return made


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
    assert await waits(database, other), "it looked for what the first has not committed"
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
    assert await waits(database, other)
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
    assert not await waits(database, renamed)
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
