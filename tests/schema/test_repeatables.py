"""Rules are written anew when their file has changed, and only then; what no file says is gone."""

from collections.abc import AsyncIterator
from importlib import import_module
from pkgutil import iter_modules

import asyncpg
import pytest

from backend.schema import migrations, repeatable
from backend.schema.migrate import migrate
from backend.schema.repeatables import MIGRATIONS, REPEATABLES, apply_repeatables
from tests.harness.tree import ROOT
from tests.schema.dump import dump

NEWEST = max(
    import_module(each.name).ID
    for each in iter_modules(migrations.__path__, f"{migrations.__name__}.")
)
"""The last migration of the tree, which is the last one of a database that was just migrated."""
LEFT_BEHIND = """
SET ROLE hub_owner;
CREATE FUNCTION hub_clock(zone text) RETURNS timestamptz LANGUAGE sql RETURN now();
CREATE VIEW everybody AS SELECT id, hub_clock('here') AS at FROM patient;
CREATE FUNCTION hub_leak() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER leak BEFORE UPDATE ON result FOR EACH ROW EXECUTE FUNCTION hub_leak();
CREATE POLICY leak ON result FOR SELECT TO hub_api USING (true);
GRANT SELECT ON result TO hub_api;
GRANT UPDATE (chain) ON audit_event TO hub_api;
GRANT SELECT ON patient TO PUBLIC;
GRANT EXECUTE ON FUNCTION stream_marks TO hub_worker;
GRANT EXECUTE ON FUNCTION hub_newest TO PUBLIC;
REVOKE EXECUTE ON FUNCTION hub_clock() FROM PUBLIC;
ALTER TABLE staff ENABLE ROW LEVEL SECURITY;
ALTER TABLE facility ALTER COLUMN hotline SET DEFAULT hub_reference();
RESET ROLE
"""
"""What an earlier version may have said, and no file says now."""


@pytest.fixture
async def owner(empty: str) -> AsyncIterator[asyncpg.Connection]:
    await migrate(empty)
    connection = await asyncpg.connect(empty)
    yield connection
    await connection.close()


async def written(owner: asyncpg.Connection) -> str:
    """Give the transaction that wrote the function which all rules need."""
    return str(await owner.fetchval("SELECT xmin FROM pg_proc WHERE proname = 'hub_clock'"))


async def functions(owner: asyncpg.Connection) -> dict[str, int]:
    """Give the identity of each function of the hub, by which a plan made before calls it."""
    rows = await owner.fetch(
        "SELECT proname, oid FROM pg_proc WHERE proowner = 'hub_owner'::regrole"
    )
    return {row["proname"]: row["oid"] for row in rows}


def test_every_file_is_applied() -> None:
    there = {path.stem for path in (ROOT / "backend/schema/repeatable").glob("[!_]*.py")}

    assert set(REPEATABLES) == there
    assert MIGRATIONS not in there
    assert repeatable.__doc__ is None


async def test_what_has_not_changed_is_not_written_again(
    owner: asyncpg.Connection, empty: str
) -> None:
    before = await written(owner)

    await migrate(empty)

    assert await written(owner) == before
    assert await apply_repeatables(owner, NEWEST) == []


async def test_a_changed_file_is_written_again_and_the_rest_stays_as_it_was(
    owner: asyncpg.Connection, empty: str
) -> None:
    before, schema = await written(owner), dump(empty)
    changed = {**REPEATABLES, "status": REPEATABLES["status"].replace("'facility'", "'clinic'")}

    assert await apply_repeatables(owner, NEWEST, changed) == ["status"]

    assert await written(owner) != before
    assert dump(empty) == schema.replace("'facility'::text", "'clinic'::text")
    assert await apply_repeatables(owner, NEWEST) == ["status"]
    assert dump(empty) == schema


async def test_a_migration_has_the_rules_written_again(owner: asyncpg.Connection) -> None:
    before = await written(owner)

    assert await apply_repeatables(owner, "2027-01-01T00:00:00:000000") == [MIGRATIONS]

    assert await written(owner) != before


async def test_a_function_keeps_its_identity_for_those_who_call_it_meanwhile(
    owner: asyncpg.Connection,
) -> None:
    before = await functions(owner)

    await apply_repeatables(owner, "2027-01-01T00:00:00:000000")

    assert len(before) > 20
    assert await functions(owner) == before


async def test_a_function_with_another_result_takes_the_place_of_the_one_before(
    owner: asyncpg.Connection, empty: str
) -> None:
    schema = dump(empty)
    await owner.execute("SET ROLE hub_owner")
    await owner.execute("DROP FUNCTION stream_marks")
    await owner.execute(
        "CREATE FUNCTION stream_marks(sessions uuid[]) RETURNS text"
        " LANGUAGE sql RETURN 'of an earlier version'"
    )
    await owner.execute("RESET ROLE")

    await apply_repeatables(owner, "2027-01-01T00:00:00:000000")

    assert dump(empty) == schema


async def test_what_no_file_says_is_gone(owner: asyncpg.Connection, empty: str) -> None:
    schema = dump(empty)
    await owner.execute(LEFT_BEHIND)
    assert dump(empty) != schema

    await apply_repeatables(owner, NEWEST, {**REPEATABLES, "merge": REPEATABLES["merge"] + "\n"})

    hotline = "ALTER TABLE facility ALTER COLUMN hotline SET DEFAULT ''"
    await owner.execute(hotline)  # a default of the tables themselves: no file knows it
    assert dump(empty) == schema


async def test_a_file_that_cannot_be_applied_changes_nothing(
    owner: asyncpg.Connection, empty: str
) -> None:
    schema = dump(empty)

    with pytest.raises(asyncpg.UndefinedTableError):
        await apply_repeatables(
            owner, NEWEST, {**REPEATABLES, "roles": "GRANT SELECT ON no TO hub_api"}
        )

    assert dump(empty) == schema
