"""`hub facility release`: a policy is set, shown, taken back, and applied to what waits already."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from typing import Any

import pytest

from backend.records.lifecycle.merge import merge
from backend.records.lifecycle.release_policies import (
    apply_to_unseen,
    policies_of,
    set_policy,
    unseen,
)
from backend.records.visibility.release_rules import parse_policy
from tests.conftest import Database, Travel
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.orders import order
from tests.harness.intake.other_kinds import CONDITION
from tests.harness.reasons import opened
from tests.harness.records.readers import PLACES, Readers, files, hours_later, measured, reported
from tests.harness.records.release_charts import THEIRS, both_numbers, opens_another_chart
from tests.harness.records.release_words import KEPT_BACK, NOWHERE, says


async def hub_says(database: Database, *words: str) -> tuple[int, str, str]:
    """Run the command as an operator does; give how it ended and what it said."""
    environment = os.environ | {
        "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
        "HUB_REDIS_URL": database.servers.redis_url,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backend.cli.main", "facility", "release", *words,
        stdout=PIPE, stderr=PIPE, env=environment,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), err.decode()


async def shown(database: Database, *words: str) -> dict[str, Any]:
    ended, out, err = await hub_says(database, *words)
    assert ended == 0, err
    said: dict[str, Any] = json.loads(out)
    return said


async def applied(hospital: Hospital) -> list[int]:
    """Give how many patients were left after each; it goes round once more to find nothing left."""
    return [left async for left in apply_to_unseen(hospital.facility)]


async def test_a_policy_is_set_shown_and_forgotten(
    database: Database, hospital: Hospital, readers: Readers
) -> None:
    code = await database.owner.fetchval("SELECT code FROM facility")

    nothing = await shown(database, code)
    one = await shown(database, code, "--class", "result", "--policy", "2d")
    await files(hospital, measured(), reported())
    other = await shown(database, code, "--class", "result", "--policy", "clinician")
    two = await shown(database, code, "--class", "result:RAD", "--policy", "never")
    again = await shown(database, code, "--class", "result", "--forget")
    applied = await shown(database, code, "--apply")
    await readers.released()

    waiting = {"result": 1, "observation": 1}
    assert nothing == {"policies": {}, "waiting": {}}
    assert one == {"policies": {"result": "48h"}, "waiting": {}}
    assert other == {"policies": {"result": "clinician"}, "waiting": waiting}
    assert two == {"policies": {"result": "clinician", "result:RAD": "never"}, "waiting": waiting}
    assert again == applied == {"policies": {"result:RAD": "never"}, "waiting": waiting}
    assert await readers.places() == PLACES
    acts = await database.owner.fetch(
        "SELECT why, why_digest FROM audit_event WHERE action = 'facility.release' ORDER BY id"
    )
    assert [opened(row)[0] for row in acts] == [
        "result: at-once -> 48h",
        "result: 48h -> clinician",
        "result:RAD: at-once -> never",
        "result: clinician -> nothing",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--class", "result", "--policy", "soon"], "a policy is at-once"),
        (["--class", "result"], "--class goes with"),
        (["--policy", "24h"], "--class goes with"),
        (["--class", "result", "--policy", "24h", "--forget"], "--class goes with"),
        (["--class", "medicine", "--policy", "24h"], "unknown_class"),
        (["--class", "results", "--policy", "24h"], "unknown_class"),
        (["--class", "result:", "--policy", "24h"], "unknown_class"),
        (["--class", "restricted:nothing", "--policy", "24h"], "unknown_class"),
        (["--class", "allergy", "--forget"], "unknown_class"),
    ],
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    database: Database, hospital: Hospital, words: list[str], said: str
) -> None:
    code = await database.owner.fetchval("SELECT code FROM facility")

    ended, out, err = await hub_says(database, code, *words)

    assert (ended != 0, out) == (True, "")
    assert said in err
    assert await policies_of(hospital.facility) == {}


async def test_a_class_of_restriction_has_its_own_policy(
    database: Database, hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("never", "restricted:hiv")
    hiv = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B20"}]}

    await files(hospital, CONDITION, CONDITION | {"id": "c2", "code": hiv})

    rows = await database.owner.fetch(
        "SELECT restriction, visible_from IS NULL AS waits FROM condition ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [("", False), ("hiv", True)]


async def test_what_waits_keeps_its_hour_until_it_is_asked_for(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported())

    await readers.policy("48h")
    async with hours_later(time_moves, 20):
        assert await applied(hospital) == [0, 0]
    async with hours_later(time_moves, 25):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (NOWHERE, [])
    async with hours_later(time_moves, 49):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])


async def test_hours_do_not_begin_anew_when_its_order_is_complete(
    hospital: Hospital, readers: Readers, time_moves: Travel
) -> None:
    orders: dict[str, Any] = {"basedOn": [{"reference": "ServiceRequest/o1"}]}
    await readers.policy("24h")
    await files(hospital, order("o1"), measured(), reported("r1", **orders),
                reported("r2", shows=(), status="partial", **orders))  # fmt: skip

    async with hours_later(time_moves, 20):
        await files(hospital, reported("r2", shows=(), **orders))
        assert await applied(hospital) == [0]
    async with hours_later(time_moves, 25):
        await readers.released()
        assert (await readers.places(), await readers.told()) == (PLACES, ["result.ready"])


async def test_a_policy_that_is_taken_back_shows_what_waited_and_tells_once(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("never")
    await files(hospital, measured(), reported())
    await readers.policy("at-once")
    await readers.released()
    before = await readers.places()

    assert await applied(hospital) == [0, 0]
    await readers.released()

    assert (before, await readers.places()) == (NOWHERE, PLACES)
    assert await readers.told() == ["result.ready"]
    assert await unseen(hospital.facility) == {}


async def test_a_new_policy_does_not_show_what_a_clinician_keeps_back(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("24h")
    await files(hospital, measured(), reported())
    await says(hospital, KEPT_BACK)
    await readers.policy("at-once")

    assert await applied(hospital) == [0]
    await readers.released()

    assert await readers.places() == NOWHERE


async def test_a_stricter_policy_takes_nothing_away_that_was_to_be_seen(
    hospital: Hospital, readers: Readers
) -> None:
    await files(hospital, measured(), reported())
    await readers.policy("never")

    assert await applied(hospital) == []
    await readers.released()

    assert await readers.places() == PLACES


async def test_a_policy_holds_for_its_own_hospital_only(
    database: Database, hospital: Hospital, readers: Readers
) -> None:
    other = await database.owner.fetchval(
        "INSERT INTO facility (id, code, name, short_name) VALUES (uuidv7(), '99999', 'X', 'X')"
        " RETURNING id"
    )
    await set_policy(other, "result", parse_policy("never"))

    await files(hospital, measured(), reported())

    assert await readers.places() == PLACES


async def test_what_a_merge_moves_to_a_patient_who_is_done_is_not_forgotten(
    hospital: Hospital, readers: Readers
) -> None:
    await readers.policy("clinician")
    await opens_another_chart(hospital)
    await files(hospital, measured("m0"), reported("r0", shows=("m0",)))
    await files(hospital, measured(**THEIRS), reported(**THEIRS))
    await readers.policy("at-once")

    first = True
    async for _ in apply_to_unseen(hospital.facility):
        done = await readers.database.owner.fetchval(
            "SELECT patient FROM result WHERE release_at IS NOT NULL LIMIT 1"
        )
        if first:
            hers, theirs = await both_numbers(hospital)
            into, out_of = (hers, theirs) if done == hers.patient else (theirs, hers)
            await merge(hospital.facility, out_of.identifier, into.identifier)
        first = False
    await readers.released()

    assert await unseen(hospital.facility) == {}
