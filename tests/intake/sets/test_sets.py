"""A set of messages is taken in as if each had come alone, whatever one of them does."""

import asyncio
from collections import Counter
from contextvars import Context
from time import perf_counter
from uuid import UUID

import msgspec
import pytest
from httpx import AsyncClient

from backend.core.database import execute, transaction
from backend.intake import hub_json
from backend.intake.hub_json import HubEvent
from backend.intake.pipeline import take_in as taking
from backend.intake.pipeline.events import InboundMessage
from backend.intake.pipeline.failpoints import RECEIVED
from backend.intake.pipeline.gathering import GatheringLimits
from backend.records.patient_lock import lock_patient
from backend.sandbox.demo.story_bundles import StoryPerson, encoded
from tests.conftest import Database
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital
from tests.harness.intake.sets import Said, at_once, of_nobody, ready, sets_begun


def message_of(event: Said) -> InboundMessage:
    raw = encoded(event)
    return hub_json.read_event(msgspec.json.decode(raw, type=HubEvent), raw, None)


async def test_eight_events_at_once_are_few_sets_and_told_eight_times(
    database: Database, hospital: Hospital, patients: list[StoryPerson]
) -> None:
    before = sets_begun("kept")

    answers = await at_once(hospital, [ready(person) for person in patients])

    assert {answer.status_code for answer in answers} == {202}
    assert sets_begun("kept") - before < len(patients)
    rows = await database.owner.fetch(
        "SELECT e.outcome, n.received_event = e.id AS caused, a.result, a.patient = n.patient"
        " AS hers FROM received_event e JOIN notification n ON n.received_event = e.id"
        " JOIN audit_event a ON a.subject = e.id WHERE e.dialect = 'hub'"
    )
    assert [tuple(row) for row in rows] == [("applied", True, "applied", True)] * len(patients)


async def test_a_poisoned_message_of_each_set_is_refused_and_the_others_are_not(
    database: Database, hospital: Hospital, patients: list[StoryPerson], sets: int
) -> None:
    """With `--sets 1000 -s` it prints how many messages a second that were."""
    begun, undone = perf_counter(), sets_begun("undone")
    for _ in range(sets):
        said = [ready(person) for person in patients]
        said.insert(4, of_nobody())
        answers = await at_once(hospital, said)
        assert [answer.status_code for answer in answers] == [202] * 4 + [422] + [202] * 4

    assert sets_begun("undone") > undone
    taken = await database.owner.fetchval(
        "SELECT count(*) FROM received_event WHERE dialect = 'hub'"
    )
    assert taken == sets * len(patients)
    print(f"{sets} poisoned sets: {taken / (perf_counter() - begun):.0f} accepted/s")  # noqa: T201  # asked for with -s


async def test_the_same_id_many_times_at_once_is_taken_in_once(
    database: Database, hospital: Hospital, patients: list[StoryPerson]
) -> None:
    said = [ready(person, name=f"e{n}") for n, person in enumerate(patients)]

    answers = await at_once(hospital, said * 3)

    assert {answer.status_code for answer in answers} == {202}
    named = Counter(answer.headers["hub-message-id"] for answer in answers)
    assert sorted(named.values()) == [3] * len(patients)
    assert await database.owner.fetchval("SELECT count(*) FROM notification") == len(patients)


async def test_one_id_for_two_contents_in_one_set_is_refused_once(
    hospital: Hospital, patients: list[StoryPerson]
) -> None:
    said = [ready(patients[0], name="e1"), ready(patients[1], name="e1"), ready(patients[2])]

    answers = await at_once(hospital, said)

    assert sorted(answer.status_code for answer in answers) == [202, 202, 409]


async def test_one_patient_by_two_numbers_in_one_set_is_told_in_one_message(
    database: Database, hospital: Hospital, patients: list[StoryPerson]
) -> None:
    """Two numbers hide that it is one patient until the set has begun: each goes alone."""
    who = patients[0]
    by_citizen_id = ready(who) | {"patient": {"citizenId": who.citizen_id}}

    answers = await at_once(hospital, [ready(who), by_citizen_id, ready(patients[1])])

    assert [answer.status_code for answer in answers] == [202] * 3
    told = await database.owner.fetch(
        "SELECT grouped_into IS NULL AS speaks FROM notification n JOIN patient_identifier i"
        " ON i.patient = n.patient WHERE i.system = 'urn:vn:citizen-id' GROUP BY n.id"
    )
    assert Counter(row["speaks"] for row in told) == {True: 2, False: 1}


async def test_a_patient_whose_record_is_locked_does_not_hold_up_the_others(
    database: Database, hospital: Hospital, patients: list[StoryPerson]
) -> None:
    held = await database.owner.fetchval("SELECT patient FROM patient_change LIMIT 1")
    if held is None:
        await at_once(hospital, [ready(person) for person in patients])
        held = await database.owner.fetchval("SELECT patient FROM patient_change LIMIT 1")

    async with transaction(), asyncio.timeout(10):
        await execute("SELECT open_intake($1)", hospital.facility)
        await lock_patient(held)
        sending = [
            asyncio.create_task(hospital.says(ready(person)), context=Context())
            for person in patients
        ]
        done, waiting = await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < len(patients) - 1:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        assert len(waiting) == 1

    assert {(await one).status_code for one in sending} == {202}


async def test_two_processes_with_the_same_patients_in_opposite_order_end_both(
    database: Database, hospital: Hospital, patients: list[StoryPerson]
) -> None:
    """Sets lock in one order: in two lanes, nobody waits for the other one in a ring."""
    for _ in range(5):
        said = [ready(person) for person in patients]
        back = [ready(person) for person in reversed(patients)]
        answers = await at_once(hospital, [*said, *back])
        assert {answer.status_code for answer in answers} == {202}

    deadlocks = await database.owner.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    assert deadlocks == 0


async def test_a_cancelled_request_leaves_its_set_as_it_is(
    database: Database, hospital: Hospital, patients: list[StoryPerson]
) -> None:
    reached = asyncio.Event()

    async def failpoint(point: str, _: UUID) -> None:
        if point == RECEIVED:
            reached.set()

    sending = [
        asyncio.create_task(
            taking.take_in(message_of(ready(person)), hospital.facility, failpoint=failpoint)
        )
        for person in patients
    ]
    await reached.wait()
    sending[-1].cancel()

    answers = await asyncio.gather(*sending[:-1])

    assert len({answer.message for answer in answers}) == len(patients) - 1
    told = await database.owner.fetchval("SELECT count(*) FROM notification")
    assert told >= len(answers)


async def test_beyond_the_bound_the_answer_is_503_and_says_when_to_come_again(
    hospital: Hospital, patients: list[StoryPerson]
) -> None:
    usual = taking.GATHERER.limits
    taking.GATHERER.limits = GatheringLimits(waiting=0)
    try:
        answer = await hospital.says(ready(patients[0]))
    finally:
        taking.GATHERER.limits = usual

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["code"] == "intake_full"
    assert (await hospital.says(ready(patients[0]))).status_code == 202


async def test_two_hospitals_are_taken_in_side_by_side(
    database: Database, client: AsyncClient, hospital: Hospital, patients: list[StoryPerson]
) -> None:
    other = await a_hospital(database, client, "BV KHAC")
    await other.registers(*patients)

    here, there = await asyncio.gather(
        at_once(hospital, [ready(person) for person in patients]),
        at_once(other, [ready(person) for person in patients]),
    )

    assert {answer.status_code for answer in (*here, *there)} == {202}
    rows = await database.owner.fetch(
        "SELECT n.facility, count(*) AS told FROM notification n JOIN patient p"
        " ON p.id = n.patient AND p.facility = n.facility GROUP BY 1"
    )
    assert {row["facility"]: row["told"] for row in rows} == {
        hospital.facility: len(patients), other.facility: len(patients)
    }  # fmt: skip


async def test_a_dry_run_beside_a_set_keeps_nothing(
    database: Database, hospital: Hospital, patients: list[StoryPerson]
) -> None:
    await at_once(hospital, [ready(person, name=f"e{n}") for n, person in enumerate(patients)])
    before = await checksums(database)
    message = message_of(ready(patients[0]))

    taken = await taking.take_in(message, hospital.facility, dry_run=True)

    assert taken.message is None
    assert await checksums(database) == before


@pytest.mark.parametrize("answer", ["the same", "another"])
async def test_a_replay_in_a_set_gets_the_first_answer_and_writes_nothing(
    database: Database, hospital: Hospital, patients: list[StoryPerson], answer: str
) -> None:
    said = [ready(person, name=f"e{n}") for n, person in enumerate(patients)]
    first = await at_once(hospital, said)
    told = await database.owner.fetchval("SELECT count(*) FROM notification")

    again = await at_once(
        hospital, [*said[:4], ready(patients[5])] if answer == "another" else said
    )

    assert [one.text for one in again[:4]] == [one.text for one in first[:4]]
    new = 1 if answer == "another" else 0
    assert await database.owner.fetchval("SELECT count(*) FROM notification") == told + new
