"""Applies the current functions, policies, triggers and grants to the database.

Each file of `repeatable/` holds its part once. When one file has changed, `apply_repeatables` drops
all rules and writes all files anew in one transaction. So the database has what the files say and
nothing else, and no other connection sees it without rules.
"""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256
from time import monotonic
from typing import Final

import asyncpg

from backend.core.database import AGAIN_SECONDS
from backend.schema.repeatable import (
    access_log,
    audit,
    changes,
    deliveries,
    gate,
    held,
    merge,
    pages,
    readable,
    record_indexes,
    release,
    roles,
    row_security,
    status,
    storage,
)

REPEATABLES: Final = {
    "storage": storage.SQL,
    "gate": gate.SQL,
    "row_security": row_security.SQL,
    "held": held.SQL,
    "readable": readable.SQL,
    "pages": pages.SQL,
    "changes": changes.SQL,
    "access_log": access_log.SQL,
    "release": release.SQL,
    "status": status.SQL,
    "merge": merge.SQL,
    "roles": roles.SQL,
    "audit": audit.SQL,
    "record_indexes": record_indexes.SQL,
    "deliveries": deliveries.SQL,
}
"""Each file, in the order in which one may use what another has made."""

PATIENCE_SECONDS: Final = 60.0
"""How long it is tried, while others read and write, to have every table for a moment."""
MIGRATIONS: Final = "migrations"
"""The name under which the newest migration is remembered, beside the files. After a new migration
all rules are written anew: it may have dropped one that stood in its way."""

LOCK: Final = """
DO $$
BEGIN
    PERFORM set_config('lock_timeout', '200ms', true);
    EXECUTE (SELECT 'LOCK TABLE ' || string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid)
               FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relowner = 'hub_owner'::regrole);
END $$;
"""
"""Takes all tables before anything is changed, or none. It gives up sooner than PostgreSQL looks
for a deadlock (1 s): who reads meanwhile waits a moment, and is never refused."""

CLEAR: Final = """
DO $$
DECLARE
    each text;
BEGIN
    FOR each IN
        SELECT format('DROP VIEW IF EXISTS %s CASCADE', c.oid::regclass) FROM pg_class c
         WHERE c.relkind = 'v' AND c.relowner = 'hub_owner'::regrole
        UNION ALL
        SELECT format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass) FROM pg_policy p
        UNION ALL
        SELECT format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', c.oid::regclass)
          FROM pg_class c WHERE c.relrowsecurity AND c.relowner = 'hub_owner'::regrole
        UNION ALL
        SELECT format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass) FROM pg_trigger t
         WHERE NOT t.tgisinternal AND t.tgparentid = 0
        UNION ALL
        SELECT DISTINCT format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT',
                               a.attrelid::regclass, a.attname)
          FROM pg_depend u
          JOIN pg_proc f ON f.oid = u.refobjid AND f.proowner = 'hub_owner'::regrole
          JOIN pg_attrdef d ON d.oid = u.objid
          JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
         WHERE u.classid = 'pg_attrdef'::regclass AND u.refclassid = 'pg_proc'::regclass
        UNION ALL
        SELECT format('REVOKE ALL ON %s %s FROM PUBLIC, hub_api, hub_worker, hub_intake,'
                      ' hub_patient, hub_sealer',
                      CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass)
          FROM pg_class c
         WHERE c.relkind IN ('r', 'p', 'S') AND c.relowner = 'hub_owner'::regrole
        UNION ALL
        SELECT format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', f.oid::regprocedure)
          FROM pg_proc f WHERE f.proowner = 'hub_owner'::regrole
        UNION ALL
        SELECT format('REVOKE ALL ON FUNCTION %s FROM hub_api, hub_worker, hub_intake, hub_patient,'
                      ' hub_sealer', f.oid::regprocedure)
          FROM pg_proc f WHERE f.proowner = 'hub_owner'::regrole
    LOOP
        EXECUTE each;
    END LOOP;
END $$;
"""
"""Takes away every rule of the hub's own, but for its functions, which get the rights of new ones.
Tables, their rows and their indexes stay: where one of them needs a function that must go,
PostgreSQL refuses to drop it, and then nothing at all has changed."""

FUNCTIONS: Final = """
SELECT f.oid::regprocedure::text AS name, f.xmin::text AS written FROM pg_proc f
 WHERE f.proowner = 'hub_owner'::regrole
"""
"""The functions of the hub, and which transaction wrote each last."""


async def apply_repeatables(
    connection: asyncpg.Connection,
    newest_migration: str,
    files: Mapping[str, str] = REPEATABLES,
) -> list[str]:
    """Write all rules anew if a file, or the newest migration, is not the one they were written by.

    Args:
        connection: of a login that may become `hub_owner`. It holds the lock of `migrate`, so that
            no second process writes rules at the same time.
        newest_migration: the name of the last migration that the database has.
        files: SQL by the name of its file, in the order in which it runs.

    Returns:
        The names that are new, changed or gone, in order of the alphabet; empty when none is.

    Raises:
        LockNotAvailableError: somebody held a table for all of the patience.
    """
    texts = {**files, MIGRATIONS: newest_migration}
    wanted = {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
    deadline = monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await _apply(connection, files, wanted)
        except asyncpg.LockNotAvailableError:
            if monotonic() >= deadline:
                raise
        await asyncio.sleep(AGAIN_SECONDS)  # those who waited for us come first


async def _apply(
    connection: asyncpg.Connection, files: Mapping[str, str], wanted: dict[str, str]
) -> list[str]:
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE hub_owner")
        applied = dict(await connection.fetch("SELECT name, sha256 FROM applied_repeatable"))
        if applied == wanted:
            return []
        await connection.execute(LOCK)
        await connection.execute(CLEAR)
        try:
            async with connection.transaction():
                await _replace(connection, files)
        except asyncpg.InvalidFunctionDefinitionError:  # one has another result: it cannot stay
            await _drop(connection, [name for name, _ in await connection.fetch(FUNCTIONS)])
            await _replace(connection, files)
        await connection.execute("DELETE FROM applied_repeatable")
        await connection.executemany(
            "INSERT INTO applied_repeatable (name, sha256) VALUES ($1, $2)", list(wanted.items())
        )
    return sorted(n for n in {*applied, *wanted} if applied.get(n) != wanted.get(n))


async def _replace(connection: asyncpg.Connection, files: Mapping[str, str]) -> None:
    """Write the files, and drop the functions that none of them says.

    A function that a file says keeps its identity: a query that was planned before calls it still.
    """
    before = dict(await connection.fetch(FUNCTIONS))
    for sql in files.values():
        await connection.execute(sql.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    after = dict(await connection.fetch(FUNCTIONS))
    await _drop(connection, [name for name in before if before[name] == after[name]])


async def _drop(connection: asyncpg.Connection, functions: Sequence[str]) -> None:
    if functions:
        await connection.execute(f"DROP FUNCTION {', '.join(functions)}")
