"""Random messages in random sets, over two API processes, end in the same rows as one by one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random  # noqa: TID251  # a test that can be repeated

import pytest
from httpx import Response

from backend.sandbox.demo.story_bundles import StoryPerson, registration, visit
from tests.conftest import Database
from tests.harness.auth.two_apis import TwoApis, serving
from tests.harness.intake.compared_rows import rows_of
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, without_message_id
from tests.harness.intake.sets import Said, of_nobody, people, ready
from tests.harness.processes.victims import spawning

PATIENTS = 8
MESSAGES = 5
"""Of each patient, one after the other; those of different patients go at once."""


@pytest.fixture
async def apis(database: Database, tmp_path: Path) -> AsyncIterator[TwoApis]:
    async with (
        spawning() as spawner,
        serving(database, spawner, tmp_path / "api.log") as two,
    ):
        yield two


def invented(random: Random, person: StoryPerson, n: int, before: list[Said]) -> Said:
    """Make one message of this person: an event, a visit, a description, or one of before."""
    name = f"{person.hospital_number}-{n}"
    numbers = [{"hospitalNumber": person.hospital_number}, {"citizenId": person.citizen_id}]
    at = an_hour_ago().isoformat()
    kinds: list[Said] = [
        ready(person, name=name, order=f"o-{name}"),
        ready(person, name=name, order=f"o-{person.hospital_number}"),
        {"type": "queue.called", "eventId": name, "ticket": f"A{n}", "counter": "3"},
        {"type": "appointment.booked", "eventId": name, "appointmentId": "a", "startsAt": at},
        {"type": "appointment.moved", "eventId": name, "appointmentId": "a", "startsAt": at},
        {"type": "document.ready", "eventId": name, "documentId": "d", "happenedAt": at},
        {"type": "record.released", "eventId": name, "record": {"reference": "Observation/x"}},
        of_nobody() | {"eventId": name},
        visit(person, an_hour_ago(), {"718-7": f"1{random.randrange(3)}.{n}"}),
        without_message_id(visit(person, an_hour_ago())),
        without_message_id(registration(person)),
        *before[-1:],
    ]
    said = random.choice(kinds)
    if "type" in said and "patient" not in said and "entry" not in said:
        return said | {"patient": random.choice(numbers)}
    return said


def stories(seed: int) -> list[list[Said]]:
    """Give the messages of each patient, in their order; the first one registers."""
    random, told = Random(seed), list[list[Said]]()  # noqa: S311  # no secret
    for person in people(PATIENTS):
        said: list[Said] = [registration(person)]
        for n in range(MESSAGES):
            said.append(invented(random, person, n, said))
        told.append(said)
    return told


async def sends(hospital: Hospital, said: Said) -> Response:
    return await (hospital.posts(said) if "resourceType" in said else hospital.says(said))


async def test_random_sets_over_two_processes_end_as_one_by_one(
    database: Database, apis: TwoApis, run: int
) -> None:
    told, random = stories(run), Random(run)  # noqa: S311  # no secret
    one = await a_hospital(database, apis.of(0), "BV MOT")
    many = await a_hospital(database, apis.of(0), "BV NHIEU")
    sides = [many, Hospital(apis.of(1), many.facility, many.key)]

    apart, together = list[list[int]](), list[list[int]]()
    for step in zip(*told, strict=True):
        apart.append([(await sends(one, said)).status_code for said in step])
        order = random.sample(range(len(step)), len(step))
        answers = await asyncio.gather(*(sends(random.choice(sides), step[n]) for n in order))
        by_patient = dict(zip(order, answers, strict=True))
        together.append([by_patient[n].status_code for n in range(len(step))])

    assert together == apart
    rows, wanted = await rows_of(database, many.facility), await rows_of(database, one.facility)
    assert [*(rows - wanted)] == []
    assert [*(wanted - rows)] == []
    assert sum(rows.values()) > PATIENTS * MESSAGES
