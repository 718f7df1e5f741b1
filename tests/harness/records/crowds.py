"""Rows enough for PostgreSQL to plan as it does in a hospital."""

from typing import Final

from tests.conftest import Database

OTHERS: Final = 200
EACH: Final = 80
"""Sixteen thousand rows of others."""
OF_OWNER: Final = 300


async def crowded(database: Database, table: str, order: str) -> None:
    """Give others, and the owner, more of what there is, each at its own time."""
    async with database.owner.transaction():
        await database.owner.execute("SET LOCAL session_replication_role = replica")
        await database.owner.execute(
            f"INSERT INTO {table} SELECT made.*"
            f" FROM {table} r, LATERAL (SELECT uuidv7(), {EACH} FROM generate_series(1, {OTHERS})"
            f"   UNION ALL SELECT r.patient, {OF_OWNER}) p (whose, so_many),"
            " LATERAL generate_series(1, so_many) n,"
            " LATERAL jsonb_populate_record(r, jsonb_build_object("  # once a row, not once a column
            " 'id', uuidv7(), 'key', n || ' of ' || whose, 'patient', whose,"
            f" '{order}', r.{order} - n * interval '1 day')) made"
            f" WHERE r.id = (SELECT id FROM {table} WHERE restriction = '' ORDER BY id LIMIT 1)"
            " ORDER BY n"  # a patient's rows lie apart, as they do in life
        )
    await database.owner.execute(f"ANALYZE {table}")
