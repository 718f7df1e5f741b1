"""No role of the database chooses what the hub says of an audit row, or takes a row back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product

import asyncpg
import pytest

from backend.core.audit import Act, write_down
from backend.core.audit_chain.links import ChainFault, Finding
from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.verifier import Checked, verify_chain
from tests.conftest import Database

OWNER = "hub_owner"
SET_BY_THE_HUB = {
    "id": "'00000000-0000-7000-8000-000000000000'", "at": "'2020-01-01'", "place": "987654321",
    "chain": "'\\x00'", "written_by": "'9999999999'",
}  # fmt: skip
AGAINST_ROWS = (
    "DELETE FROM audit_event",
    "DELETE FROM audit_event WHERE place = 3",
    "TRUNCATE audit_event",
    "TRUNCATE audit_event CASCADE",
    "UPDATE audit_event SET place = NULL, chain = NULL",
    "UPDATE audit_event SET place = NULL, chain = NULL WHERE place = 3",
    "UPDATE audit_event SET place = 9 WHERE place = 3",
    "UPDATE audit_event SET chain = sha256(chain) WHERE place = 3",
    "UPDATE audit_event SET place = 7, chain = '' WHERE place IS NULL",
    "UPDATE audit_event SET place = 0, chain = '' WHERE place IS NULL",
    "UPDATE audit_event SET place = 4 WHERE place IS NULL",
    "UPDATE audit_event SET chain = '' WHERE place IS NULL",
    "MERGE INTO audit_event a USING (SELECT 1) x ON a.place = 3 WHEN MATCHED THEN DELETE",
)  # fmt: skip
AGAINST_RULES = (
    "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "ALTER TABLE audit_event DISABLE TRIGGER USER",
    "DROP TRIGGER kept ON audit_event",
    "SET LOCAL session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION audit_kept() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
    "GRANT hub_sealer TO hub_api",
    "ALTER TABLE audit_event ALTER COLUMN at DROP DEFAULT",
    "CREATE SCHEMA theirs",
    "CREATE FUNCTION public.uuidv7() RETURNS uuid LANGUAGE sql RETURN '{}'::text::uuid",
)
REFUSED = (asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError)


async def roles(database: Database) -> list[str]:
    """Give every role of the hub, whichever there will be."""
    rows = await database.owner.fetch(
        r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'hub\_%' ORDER BY rolname"
    )
    return [row["rolname"] for row in rows]


@asynccontextmanager
async def acting_as(database: Database, role: str) -> AsyncIterator[asyncpg.Connection]:
    """Be this role for the block, and keep nothing that it did."""
    act = database.owner.transaction()
    await act.start()
    try:
        await database.owner.execute(f"SET LOCAL ROLE {role}")
        yield database.owner
    finally:
        await act.rollback()


async def refused(database: Database, role: str, statement: str) -> bool:
    async with acting_as(database, role) as connection:
        try:
            await connection.execute(statement)
        except REFUSED:
            return True
    return False


async def a_chain(database: Database) -> None:
    """Five sealed rows, and one that is not sealed yet."""
    for _ in range(5):
        await write_down(Act(actor_kind="system", action="test", why="a reason"))
    async with database.as_worker():
        assert await seal_chain() == 5
    await write_down(Act(actor_kind="system", action="test"))


async def test_every_role_of_the_hub_is_tried(database: Database) -> None:
    assert {"hub_api", "hub_intake", OWNER, "hub_patient", "hub_sealer", "hub_worker"} <= {
        *await roles(database)
    }


async def test_nobody_chooses_what_the_hub_says_of_a_row(database: Database) -> None:
    forged = []
    for role, (column, value) in product(await roles(database), SET_BY_THE_HUB.items()):
        async with acting_as(database, role) as connection:
            try:
                await connection.execute(
                    f"INSERT INTO audit_event (actor_kind, action, {column})"
                    f" VALUES ('system', 'forged', {value})"
                )
            except REFUSED:
                continue
            await connection.execute("RESET ROLE")
            if await connection.fetchval(
                f"SELECT count(*) FROM audit_event WHERE {column} = {value}"
            ):
                forged.append((role, column))

    assert forged == []


async def test_a_function_of_the_owner_chooses_nothing_for_its_caller(database: Database) -> None:
    async with acting_as(database, OWNER) as connection:
        await connection.execute(
            "CREATE FUNCTION public.forge() RETURNS void LANGUAGE sql SECURITY DEFINER AS"
            " 'INSERT INTO audit_event (actor_kind, action, at, place, chain)"
            " VALUES (''system'', ''forged'', ''2020-01-01'', 9, '''')'"
        )
        await connection.execute("RESET ROLE; SET LOCAL ROLE hub_api; SELECT forge(); RESET ROLE")

        row = await connection.fetchrow("SELECT at, place, chain FROM audit_event")
        assert (row["at"].year > 2025, row["place"], row["chain"]) == (True, None, None)


async def test_nobody_changes_or_removes_a_row(database: Database) -> None:
    await a_chain(database)

    done = [
        (role, statement)
        for role, statement in product(await roles(database), AGAINST_ROWS)
        if not await refused(database, role, statement)
    ]

    assert done == []


async def test_only_the_owner_of_the_tables_may_take_the_rules_away(database: Database) -> None:
    others = [role for role in await roles(database) if role != OWNER]

    done = [
        (role, statement)
        for role, statement in product(others, AGAINST_RULES)
        if not await refused(database, role, statement)
    ]

    assert done == []


async def test_only_the_owner_may_write_a_reason_again(database: Database) -> None:
    await a_chain(database)
    statement = "UPDATE audit_event SET why = 'sealed anew' WHERE place = 3"

    able = {role for role in await roles(database) if not await refused(database, role, statement)}

    assert able == {OWNER}


async def test_only_the_sealer_and_the_owner_give_a_row_its_next_place(database: Database) -> None:
    await a_chain(database)
    statement = "UPDATE audit_event SET place = 6, chain = 'x' WHERE place IS NULL"

    able = {role for role in await roles(database) if not await refused(database, role, statement)}

    assert able == {"hub_sealer", OWNER}


async def test_only_the_sealer_reads_the_whole_log(database: Database) -> None:
    able = set()
    for role in await roles(database):
        if not await refused(database, role, "SELECT from_where, chain FROM audit_event"):
            able.add(role)

    assert able == {"hub_sealer", OWNER}


async def test_the_sealer_is_stepped_into_by_the_worker_alone(database: Database) -> None:
    rows = await database.owner.fetch(
        "SELECT m.member::regrole::text AS member, m.inherit_option, m.set_option, r.rolcanlogin"
        " FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
        " WHERE r.rolname = 'hub_sealer' AND m.member <> 'postgres'::regrole"
    )

    assert [tuple(row) for row in rows] == [("hub_worker", False, True, False)]


@pytest.mark.parametrize(
    ("spoils", "found"),
    [
        ("UPDATE audit_event SET action = 'x' WHERE place = 3", Finding(ChainFault.HASH, 3)),
        ("UPDATE audit_event SET why_digest = 'x' WHERE place = 3", Finding(ChainFault.HASH, 3)),
        ("DELETE FROM audit_event WHERE place = 3", Finding(ChainFault.GAP, 3)),
        (
            "UPDATE audit_event SET place = NULL, chain = NULL WHERE place = 3",
            Finding(ChainFault.GAP, 3),
        ),
    ],
)
async def test_what_the_owner_does_without_the_rules_is_found(
    database: Database, spoils: str, found: Finding
) -> None:
    await a_chain(database)

    async with database.owner.transaction():
        await database.owner.execute("SET LOCAL ROLE hub_owner")
        await database.owner.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
        await database.owner.execute(spoils)
        await database.owner.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")

    async with database.as_worker():
        assert await verify_chain() == Checked(2, found)


async def test_no_temporary_table_takes_the_place_of_the_hubs_in_a_function_of_the_owner(
    database: Database,
) -> None:
    """Whoever logs in may make temporary tables; a rule of such a table runs as the owner does."""
    async with acting_as(database, "hub_worker") as connection:
        await connection.execute(
            "CREATE TEMP TABLE tombstone (id uuid, patient uuid, change_n bigint);"
            "GRANT ALL ON pg_temp.tombstone TO PUBLIC;"
            "INSERT INTO pg_temp.tombstone VALUES (hub_first_id('2020-01-01'), uuidv7(), 1);"
            "CREATE FUNCTION pg_temp.frees() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN ALTER TABLE public.audit_event DISABLE TRIGGER ALL; RETURN OLD; END';"
            "CREATE TRIGGER frees BEFORE DELETE ON pg_temp.tombstone"
            " FOR EACH ROW EXECUTE FUNCTION pg_temp.frees();"
        )
        forgotten = await connection.fetchval("SELECT hub_purge_tombstones('1 second', 10)")

    assert forgotten == 0


async def test_every_function_of_the_owner_looks_at_temporary_tables_last(
    database: Database,
) -> None:
    """PostgreSQL looks there first where a search path does not name them."""
    paths = await database.owner.fetch(
        "SELECT proname, coalesce(array_to_string(proconfig, ' '), '') AS path FROM pg_proc"
        " WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )

    assert len(paths) > 5
    assert [row for row in paths if row["path"] != "search_path=public, pg_temp"] == []
