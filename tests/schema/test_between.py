"""A process that starts between the tables and the rules waits for the rules; it does not end."""

import asyncpg
import pytest

from backend.core.crypto.key_ring import NoRing, load_ring, open_ring
from backend.core.crypto.keys import signing_key
from backend.core.database import DB, close_pool, open_pool
from backend.key_rotation.ring_changes import make_first_keys
from backend.schema.migrate import migrate
from backend.schema.repeatables import CLEAR
from tests.conftest import Database


@pytest.mark.parametrize("role", ["hub_api", "hub_worker"])
async def test_a_process_waits_for_the_rules_of_a_database_that_has_its_tables(
    migrated: Database, empty: str, role: str
) -> None:
    await migrate(empty)
    await make_first_keys(empty)
    owner = await asyncpg.connect(empty)
    await owner.execute("SET ROLE hub_owner")
    await owner.execute(CLEAR + "DELETE FROM applied_repeatable")
    await owner.close()
    theirs, DB.pool = DB.pool, None
    try:
        await open_pool(migrated.servers.database_url(role, "empty"), size=1, process="early")
        with pytest.raises(NoRing):
            await open_ring(patience=0)

        await migrate(empty)

        await open_ring(patience=0)
        assert signing_key().name == "signing1"
    finally:
        await close_pool()
        DB.pool = theirs
        await load_ring()
