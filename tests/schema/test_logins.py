"""`hub migrate` needs no superuser: a member of `hub_owner` is enough, or who may create roles."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from backend.key_rotation.ring_changes import make_first_keys
from backend.schema.migrate import migrate
from backend.schema.repeatable.roles import ROLES
from tests.conftest import Database
from tests.schema.dump import dump

OTHER_ROLES = ROLES.replace("hub_", "trial_")
"""The same for a server that has none of the roles yet."""
MADE = "trial_owner, trial_patient, trial_intake, trial_api, trial_worker"


@pytest.fixture
async def login(migrated: Database, empty: str) -> AsyncIterator[str]:
    """The address of the empty database as a login that may do nothing yet."""
    await migrated.owner.execute("CREATE ROLE deployer LOGIN")
    yield empty.replace("postgres@", "deployer@")
    as_superuser = await asyncpg.connect(empty)
    await as_superuser.execute("DROP OWNED BY deployer CASCADE; DROP ROLE deployer")
    await as_superuser.close()


async def test_a_member_of_the_owner_migrates_once_the_database_lets_the_owner_create(
    migrated: Database, empty: str, login: str
) -> None:
    superuser = await asyncpg.connect(empty)
    await superuser.execute(
        "GRANT hub_owner TO deployer; GRANT CREATE ON DATABASE empty TO hub_owner;"
        " GRANT USAGE, CREATE ON SCHEMA public TO hub_owner"
    )
    await superuser.close()

    await migrate(login)
    await make_first_keys(login)
    await migrate(login)

    assert dump(empty) == dump(migrated.servers.database_url("postgres"))


async def test_who_may_create_roles_makes_them_and_may_act_as_the_owner(
    migrated: Database, empty: str, login: str
) -> None:
    await migrated.owner.execute("ALTER ROLE deployer CREATEROLE")
    await migrated.owner.execute("ALTER DATABASE empty OWNER TO deployer")
    deployer = await asyncpg.connect(login)
    try:
        await deployer.execute(OTHER_ROLES)
        await deployer.execute(OTHER_ROLES)

        await deployer.execute("SET ROLE trial_owner; CREATE TABLE thing (); DROP TABLE thing")
        assert await deployer.fetchval("SELECT pg_has_role('trial_api', 'trial_patient', 'SET')")
        assert not await deployer.fetchval(
            "SELECT pg_has_role('trial_api', 'trial_patient', 'USAGE')"
        )
    finally:
        await deployer.execute(f"RESET ROLE; DROP OWNED BY trial_owner; DROP ROLE {MADE}")
        await deployer.close()
        await migrated.owner.execute("ALTER DATABASE empty OWNER TO postgres")


async def test_a_right_that_has_become_wider_is_made_narrow_again(migrated: Database) -> None:
    inherits = "SELECT pg_has_role('hub_api', 'hub_patient', 'USAGE')"
    transaction = migrated.owner.transaction()
    await transaction.start()
    await migrated.owner.execute("GRANT hub_patient TO hub_api WITH INHERIT TRUE")
    assert await migrated.owner.fetchval(inherits)

    await migrated.owner.execute(ROLES)

    assert not await migrated.owner.fetchval(inherits)
    await transaction.rollback()
