"""What a summary grant leaves out, and what a restricted record answers to whom."""

import pytest

from backend.core.database import new_id
from tests.conftest import Database
from tests.harness.auth.steps import everybody_steps_up
from tests.matrix.kinds import PATIENTS, Caller
from tests.matrix.table import TABLE
from tests.matrix.world import RESTRICTED, World

RESULTS = "GET /v1/patients/{patient}/results"
RESULT = "GET /v1/patients/{patient}/results/{result}"
TIMELINE = "GET /v1/patients/{patient}/timeline"
APPOINTMENTS = "GET /v1/patients/{patient}/appointments"
APPOINTMENT = "GET /v1/patients/{patient}/appointments/{appointment}"


async def sees(
    world: World, who: Caller, listing: str, one: str, what: dict[str, str]
) -> list[bool]:
    listed = await world.knock(listing, TABLE[listing], who)
    alone = await world.knock(one, TABLE[one], who, what)
    return [RESTRICTED in listed.text, RESTRICTED in alone.text]


@pytest.mark.parametrize("stepped_up", [False, True])
@pytest.mark.parametrize("who", PATIENTS)
async def test_a_restricted_record_is_there_after_a_step_up_for_its_owner_and_a_full_grant(
    database: Database,
    world: World,
    who: Caller,
    stepped_up: bool,  # noqa: FBT001  # pytest names it
) -> None:
    result = {"result": world.ids["restricted"]}
    appointment = {"appointment": world.ids["restricted_appointment"]}
    if stepped_up:
        await everybody_steps_up(database.owner)

    results = await sees(world, who, RESULTS, RESULT, result)
    appointments = await sees(world, who, APPOINTMENTS, APPOINTMENT, appointment)

    is_open = stepped_up and who in {Caller.OWNER, Caller.FULL}
    assert (results, appointments) == ([is_open] * 2, [is_open] * 2)


async def test_a_restricted_record_answers_a_summary_grant_as_one_that_never_was(
    world: World,
) -> None:
    """An appointment: of results, a summary grant opens none."""
    restricted = {"appointment": world.ids["restricted_appointment"]}
    there = await world.knock(APPOINTMENT, TABLE[APPOINTMENT], Caller.SUMMARY, restricted)

    never = {"appointment": str(new_id())}
    nothing = await world.knock(APPOINTMENT, TABLE[APPOINTMENT], Caller.SUMMARY, never)

    assert there.status_code == 404
    assert there.content == nothing.content
    assert sorted(there.headers.items()) == sorted(nothing.headers.items())


async def test_a_timeline_shows_each_reader_the_kinds_that_are_open_to_them(world: World) -> None:
    async def kinds(who: Caller) -> set[str]:
        answer = await world.knock(TIMELINE, TABLE[TIMELINE], who)
        return {each["kind"] for each in answer.json()["items"]}

    in_a_summary = {"medicine", "allergy", "immunisation"}

    assert await kinds(Caller.SUMMARY) == in_a_summary
    assert await kinds(Caller.FULL) == await kinds(Caller.OWNER)
    assert await kinds(Caller.OWNER) >= in_a_summary | {"visit", "condition", "result", "document"}
