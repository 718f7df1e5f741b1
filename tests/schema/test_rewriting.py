"""Rules are written anew while others read: nobody is refused, and it is done in the end."""

import asyncio

import asyncpg

from backend.schema.migrate import migrate
from backend.schema.repeatables import apply_repeatables
from tests.conftest import Database

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = $1"
HELD = ("result", "observation", "tombstone", "notification", "patient")


async def test_a_reader_who_holds_a_table_and_wants_the_others_gets_them(
    migrated: Database, empty: str
) -> None:
    await migrate(empty)
    reader, owner = await asyncpg.connect(empty), await asyncpg.connect(empty)
    number = await owner.fetchval("SELECT oid FROM pg_database WHERE datname = 'empty'")
    tables = await owner.fetch(
        "SELECT oid::regclass::text AS name FROM pg_class"
        " WHERE relkind = 'r' AND relowner = 'hub_owner'::regrole"
    )
    try:
        for held in HELD:
            async with reader.transaction():
                await reader.execute(f"SELECT FROM {held}")
                writing = asyncio.create_task(apply_repeatables(owner, f"after {held}"))
                while not await migrated.owner.fetchval(WAITING, number):
                    assert not writing.done()
                for each in tables:
                    await reader.execute(f"SELECT FROM {each['name']}")
            assert await writing == ["migrations"]
    finally:
        await reader.close()
        await owner.close()
