"""What a bench has loaded is counted by PostgreSQL; what is still empty is not called empty."""

import asyncpg

from backend.bench.loaded.at_rest import put_at_rest
from backend.sandbox.demo.engines import Engines, create_database

MONTHS = """
CREATE TABLE filled (id integer);
CREATE TABLE empty (id integer);
CREATE TABLE by_month (id integer) PARTITION BY RANGE (id);
CREATE TABLE this_month PARTITION OF by_month FOR VALUES FROM (0) TO (10);
CREATE TABLE next_month PARTITION OF by_month FOR VALUES FROM (10) TO (20);
INSERT INTO filled SELECT generate_series(1, 7);
INSERT INTO by_month SELECT generate_series(1, 9)
"""


async def test_only_tables_with_rows_are_counted_partitioned_ones_as_well(servers: Engines) -> None:
    await create_database(servers, "at_rest")
    owner = await asyncpg.connect(servers.database_url("postgres", "at_rest"))
    try:
        await owner.execute(MONTHS)

        await put_at_rest(owner)

        counted = await owner.fetch(
            "SELECT relname, reltuples FROM pg_class WHERE relkind IN ('r', 'p')"
            " AND relnamespace = 'public'::regnamespace"
        )
        assert {row["relname"]: row["reltuples"] for row in counted} == {
            "filled": 7, "empty": -1, "by_month": 9, "this_month": 9, "next_month": -1,
        }  # fmt: skip
    finally:
        await owner.close()
