"""Puts what was loaded at rest: PostgreSQL counts the tables that have rows, and only those.

A table that is counted while it is empty is planned as empty until autovacuum comes by, which no
hub in use sees.
"""

from typing import Final

import asyncpg

LONGEST_STATEMENT: Final = 600
"""Seconds: a million rows and their indexes."""

WITH_ROWS: Final = r"""
SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
 WHERE relkind = 'r' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%'
   AND pg_relation_size(c.oid) > 0
 ORDER BY name
"""
"""Tables, and partitions of tables; not the partitioned tables, which have no rows themselves."""
COUNT_WHOLE: Final = """
DO $$
DECLARE whole regclass;
BEGIN
    FOR whole IN SELECT DISTINCT pg_partition_root(oid) FROM pg_class
                  WHERE relispartition AND relkind = 'r' AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('ANALYZE ONLY %s', whole);
    END LOOP;
END $$
"""
"""Counts the partitioned tables without a look at their empty months."""


async def put_at_rest(owner: asyncpg.Connection) -> None:
    """Vacuum and analyze what has rows, and write it to the disk before the clock runs."""
    names = [row["name"] for row in await owner.fetch(WITH_ROWS)]
    await owner.execute(f"VACUUM (ANALYZE) {', '.join(names)}", timeout=LONGEST_STATEMENT)
    await owner.execute(COUNT_WHOLE, timeout=LONGEST_STATEMENT)
    await owner.execute("CHECKPOINT", timeout=LONGEST_STATEMENT)


async def at_rest(owner_url: str) -> None:
    """Put what a first round has written at rest, through a connection of its own."""
    owner = await asyncpg.connect(owner_url)
    try:
        await put_at_rest(owner)
    finally:
        await owner.close()
