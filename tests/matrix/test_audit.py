"""AUD-01: whoever reads a part of a record, or is refused it, leaves exactly one audit row."""

import pytest

from backend.records.access_log.descriptions import ACTIONS
from tests.conftest import Database
from tests.matrix.kinds import PATIENTS, Caller, Expected
from tests.matrix.table import TABLE
from tests.matrix.world import World

READING = [name for name in TABLE if name.startswith("GET /v1/patients/{patient}")]


async def rows(database: Database, owner: str) -> list[tuple[str, str]]:
    found = await database.owner.fetch(
        "SELECT action, result FROM audit_event WHERE patient = $1 ORDER BY id", owner
    )
    return [(row["action"], row["result"]) for row in found]


@pytest.mark.parametrize("name", READING)
async def test_a_reading_leaves_one_row_whether_it_was_new_old_or_refused(
    lasting_world: World, migrated: Database, name: str
) -> None:
    world, route, owner = lasting_world, TABLE[name], lasting_world.ids["patient"]
    for who in PATIENTS:
        before = await rows(migrated, owner)

        answer = await world.knock(name, route, who)

        added = (await rows(migrated, owner))[len(before) :]
        result = "done" if route.says[who] is Expected.COME_IN else route.says[who].value
        assert [ended for _, ended in added] == [result], (who, answer.status_code)
        assert all(what in ACTIONS for what, _ in added)


@pytest.mark.parametrize("name", [name for name in READING if TABLE[name].kept != {"no-store"}])
async def test_what_an_app_has_already_counts_as_read(
    lasting_world: World, migrated: Database, name: str
) -> None:
    world, route, owner = lasting_world, TABLE[name], lasting_world.ids["patient"]
    first = await world.knock(name, route, Caller.OWNER)
    tag = first.headers.get("etag")
    if tag is None:
        assert name == "GET /v1/patients/{patient}"
        return
    before = await rows(migrated, owner)

    again = await world.knock(name, route, Caller.OWNER, headers={"If-None-Match": tag})

    assert again.status_code == 304
    assert [result for _, result in (await rows(migrated, owner))[len(before) :]] == ["done"]


@pytest.mark.parametrize("name", [name for name in READING if name.count("{") > 1])
async def test_what_is_not_there_leaves_one_row_too(
    lasting_world: World, migrated: Database, name: str
) -> None:
    world, route, owner = lasting_world, TABLE[name], lasting_world.ids["patient"]
    parts = (*world.ids, *route.ids)
    nothing = dict.fromkeys(parts, world.ids["nobody"]) | {"patient": owner}
    before = await rows(migrated, owner)

    answer = await world.knock(name, route, Caller.OWNER, nothing)

    assert answer.status_code == 404
    assert [result for _, result in (await rows(migrated, owner))[len(before) :]] == ["not_found"]


async def test_whatever_the_endpoints_write_about_the_owner_has_words(
    lasting_world: World, migrated: Database
) -> None:
    """Second look, at rows instead of code: each endpoint once, as somebody who may come in."""
    for name, route in TABLE.items():
        for who in [each for each in Caller if route.says[each] is Expected.COME_IN][:1]:
            if name.startswith(("GET ", "POST /support/")):
                await lasting_world.knock(name, route, who)

    written = await migrated.owner.fetch(
        "SELECT DISTINCT action FROM audit_event WHERE patient IS NOT NULL"
    )

    assert {row["action"] for row in written} - ACTIONS.keys() == set()
