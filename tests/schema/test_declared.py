"""What Piccolo's table classes declare is what the database has."""

import pytest
from piccolo.columns import Column
from piccolo.table import Table

from backend.schema.piccolo_app import TABLES
from tests.conftest import Database

MADE_BY_SQL = {
    "applied_repeatable": "only `hub migrate` reads it",
    "clock_offset": "only tests write it",
    "migration": "Piccolo's own",
}
NAMES = {
    "bigint": "bigint", "boolean": "boolean", "bytea": "bytea", "date": "date",
    "integer": "integer", "interval": "interval", "smallint": "smallint", "text": "text",
    "time": "time without time zone", "timestamptz": "timestamp with time zone", "uuid": "uuid",
}  # fmt: skip
"""What PostgreSQL calls the types that Piccolo declares."""

COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS null
  FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
UNIQUE = """
SELECT array_agg(a.attname ORDER BY k.n)::text[] AS columns
  FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k (column_number, n)
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.column_number
 WHERE c.conrelid = $1::regclass AND c.contype = 'u' GROUP BY c.oid
"""
REFERENCES = """
SELECT a.attname AS name, c.confrelid::regclass::text AS target, c.confdeltype::text AS on_delete,
       c.confupdtype::text AS on_update
  FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
 WHERE c.conrelid = $1::regclass AND c.contype = 'f'
"""
ACTIONS = {"CASCADE": "c", "NO ACTION": "a"}
UNDECLARED = {"audit_event": {"written_by"}}
"""Piccolo has no type for a number of a transaction."""


def type_of(column: Column) -> str:
    declared: str = column.column_type.lower()
    if declared.startswith("varchar("):
        return declared.replace("varchar", "character varying")
    if declared.endswith("[]"):
        return NAMES[declared.removesuffix("[]")] + "[]"
    return NAMES[declared]


def columns_of(table: type[Table]) -> list[Column]:
    return list(table._meta.columns)


async def test_every_table_of_the_database_is_declared(migrated: Database) -> None:
    there = await migrated.owner.fetch(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    )

    declared = {table._meta.tablename for table in TABLES}
    assert {row["table_name"] for row in there} == declared | MADE_BY_SQL.keys()


@pytest.mark.parametrize("table", TABLES)
async def test_columns_are_declared_with_their_type_and_whether_they_may_be_empty(
    migrated: Database, table: type[Table]
) -> None:
    rows = await migrated.owner.fetch(COLUMNS, table._meta.tablename)
    there = {row["name"]: (row["type"], row["null"]) for row in rows}

    for name in UNDECLARED.get(table._meta.tablename, set()):
        del there[name]
    assert there == {
        column._meta.db_column_name: (type_of(column), column._meta.null)
        for column in columns_of(table)
    }


@pytest.mark.parametrize("table", TABLES)
async def test_references_are_declared_with_what_happens_when_a_row_goes(
    migrated: Database, table: type[Table]
) -> None:
    rows = await migrated.owner.fetch(REFERENCES, table._meta.tablename)

    assert {tuple(row) for row in rows} == {
        (
            each._meta.db_column_name,
            each._foreign_key_meta.resolved_references._meta.tablename,
            ACTIONS[each._foreign_key_meta.on_delete.value],
            ACTIONS[each._foreign_key_meta.on_update.value],
        )
        for each in table._meta.foreign_key_columns
    }


@pytest.mark.parametrize("table", TABLES)
async def test_what_is_unique_is_declared(migrated: Database, table: type[Table]) -> None:
    rows = await migrated.owner.fetch(UNIQUE, table._meta.tablename)
    alone = [[each._meta.db_column_name] for each in columns_of(table) if each._meta.unique]
    together = [each._meta.params["columns"] for each in table._meta.constraints]

    assert sorted(row["columns"] for row in rows) == sorted([*alone, *together])


@pytest.mark.parametrize("table", TABLES)
async def test_every_index_that_is_declared_is_there(
    migrated: Database, table: type[Table]
) -> None:
    name = table._meta.tablename
    rows = await migrated.owner.fetch("SELECT indexname FROM pg_indexes WHERE tablename = $1", name)
    declared = {
        f"{name}_{each._meta.db_column_name}" for each in columns_of(table) if each._meta.index
    }

    assert declared <= {row["indexname"] for row in rows}
