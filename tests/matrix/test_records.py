"""What a summary grant leaves out, and what a restricted record answers to whom."""

import pytest

from backend.database import new_id
from tests.matrix.kinds import PATIENTS, Who
from tests.matrix.table import TABLE
from tests.matrix.world import RESTRICTED, World

LIST = "GET /v1/patients/{patient}/results"
ONE = "GET /v1/patients/{patient}/results/{result}"
SEES_ALL = {Who.OWNER, Who.FULL}


@pytest.mark.parametrize("who", PATIENTS)
async def test_a_restricted_record_is_there_for_its_owner_and_a_full_grant_only(
    world: World, who: Who
) -> None:
    restricted = {"result": world.ids["restricted"]}

    listed = await world.knock(LIST, TABLE[LIST], who)
    one = await world.knock(ONE, TABLE[ONE], who, restricted)

    assert (RESTRICTED in listed.text, RESTRICTED in one.text) == (who in SEES_ALL, who in SEES_ALL)


async def test_a_restricted_record_answers_a_summary_grant_as_one_that_never_was(
    world: World,
) -> None:
    there = await world.knock(ONE, TABLE[ONE], Who.SUMMARY, {"result": world.ids["restricted"]})

    nothing = await world.knock(ONE, TABLE[ONE], Who.SUMMARY, {"result": str(new_id())})

    assert there.status_code == 404
    assert there.content == nothing.content
    assert sorted(there.headers.items()) == sorted(nothing.headers.items())
