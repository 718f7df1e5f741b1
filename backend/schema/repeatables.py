"""Applies the current functions, policies, triggers and grants to the database.

Each file of `repeatable/` defines its part once. After a change of any file, one transaction drops
and creates all of them, so the database always matches the files.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import asyncpg

from backend.schema.repeatable import (
    access_log,
    changes,
    column_defaults,
    gate,
    merge,
    pages,
    record_indexes,
    release,
    roles,
    row_security,
    status,
)

REPEATABLES: Final = {
    "column_defaults": column_defaults.SQL,
    "gate": gate.SQL,
    "row_security": row_security.SQL,
    "pages": pages.SQL,
    "changes": changes.SQL,
    "access_log": access_log.SQL,
    "release": release.SQL,
    "status": status.SQL,
    "merge": merge.SQL,
    "roles": roles.SQL,
    "record_indexes": record_indexes.SQL,
}
"""Each file, in the order in which one may use what another has made."""

MIGRATIONS: Final = "migrations"
"""Stands beside the files: a migration may have dropped a rule that stood in its way."""

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
         WHERE NOT t.tgisinternal
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
                      ' hub_patient',
                      CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass)
          FROM pg_class c
         WHERE c.relkind IN ('r', 'S') AND c.relowner = 'hub_owner'::regrole
    LOOP
        EXECUTE each;
    END LOOP;
    SELECT string_agg(f.oid::regprocedure::text, ', ') INTO each FROM pg_proc f
     WHERE f.proowner = 'hub_owner'::regrole;
    IF each IS NOT NULL THEN
        EXECUTE 'DROP FUNCTION ' || each;
    END IF;
END $$;
"""
"""Takes away every rule of the hub's own. Tables, their rows and their indexes stay: where one of
them needs a function, PostgreSQL refuses to drop it, and then nothing at all has changed."""


async def apply_repeatables(
    connection: asyncpg.Connection,
    newest_migration: str,
    files: Mapping[str, str] = REPEATABLES,
) -> list[str]:
    """Apply all repeatables if a file has changed since the last time; give the changed files.

    Args:
        connection: as somebody who may become `hub_owner`, and is alone in doing so.
        newest_migration: the last one that the database has.
        files: SQL by the name of its file.
    """
    texts = {**files, MIGRATIONS: newest_migration}
    asked = {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE hub_owner")
        applied = dict(await connection.fetch("SELECT name, sha256 FROM applied_repeatable"))
        if applied == asked:
            return []
        await connection.execute(CLEAR)
        for sql in files.values():
            await connection.execute(sql)
        await connection.execute("DELETE FROM applied_repeatable")
        await connection.executemany(
            "INSERT INTO applied_repeatable (name, sha256) VALUES ($1, $2)", list(asked.items())
        )
    return sorted({*applied, *asked} - {n for n in asked if applied.get(n) == asked[n]})
