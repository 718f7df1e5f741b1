"""A page is found by its index, through the policies, wherever it begins and whoever else is in."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from backend.auth import tokens
from backend.schema.page_rules import LISTS
from tests.conftest import Database
from tests.matrix.kinds import Who
from tests.matrix.world import World

OTHERS: Final = 200
EACH: Final = 50
"""Ten thousand rows of others."""
OF_OWNER: Final = 300
PAGE: Final = 21
Plan = dict[str, Any]


async def crowded(database: Database, table: str, order: str) -> None:
    """Give others, and the owner, more of what there is, each at its own time."""
    async with database.owner.transaction():
        await database.owner.execute("SET LOCAL session_replication_role = replica")
        await database.owner.execute(
            f"INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object("
            f" 'id', uuidv7(), 'key', n || ' of ' || whose, 'patient', whose,"
            f" '{order}', r.{order} - n * interval '1 day'))).*"
            f" FROM {table} r, LATERAL (SELECT uuidv7(), {EACH} FROM generate_series(1, {OTHERS})"
            f"   UNION ALL SELECT r.patient, {OF_OWNER}) p (whose, so_many),"
            " LATERAL generate_series(1, so_many) n"
            f" WHERE r.id = (SELECT id FROM {table} WHERE restriction = '' ORDER BY id LIMIT 1)"
            " ORDER BY n"  # a patient's rows lie apart, as they do in life
        )
    await database.owner.execute(f"ANALYZE {table}")


@asynccontextmanager
async def explained(database: Database) -> AsyncIterator[tuple[asyncpg.Connection, list[Plan]]]:
    """Give a connection, and the plan of every statement, also of those inside a function."""
    one = await asyncpg.connect(database.servers.database_url("postgres"))
    plans: list[Plan] = []

    def hears(_: object, said: Any) -> None:
        plans.append(json.loads(said.message.partition("plan:")[2]))

    one.add_log_listener(hears)
    try:
        await one.execute(
            "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;"
            " SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on;"
            " SET auto_explain.log_timing = off; SET auto_explain.log_format = json;"
            " SET auto_explain.log_level = log; SET client_min_messages = log; SET jit = off"
        )
        yield one, plans
    finally:
        await one.close()


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def reads(plans: list[Plan], table: str) -> tuple[Plan, list[Plan]]:
    """Give the one scan of the table, and all nodes of the statement it is in."""
    found = [
        (node, list(nodes(plan["Plan"])))
        for plan in plans for node in nodes(plan["Plan"]) if node.get("Relation Name") == table
    ]  # fmt: skip
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("table", LISTS)
async def test_a_page_is_found_by_its_index_wherever_it_begins(
    database: Database, world: World, table: str
) -> None:
    order, _ = LISTS[table]
    await crowded(database, table, order)
    session = tokens.verify(world.tokens[Who.OWNER]).session

    async with explained(database) as (one, plans):
        before: tuple[datetime | None, UUID | None] = None, None
        for _ in "first", "second":
            plans.clear()
            page = await one.fetchrow(
                f"SELECT * FROM read_{table}_page($1, NULL, 'test', '', NULL, NULL, $2, $3, $4)",
                session, *before, PAGE,
            )  # fmt: skip
            scan, statement = reads(plans, table)
            before = page["at"], page["id"]

            assert page["answer"] == "open"
            assert before[1] is not None
            assert scan["Node Type"] == "Index Scan"
            assert order in scan["Index Cond"]
            assert scan["Actual Rows"] == PAGE
            assert scan.get("Rows Removed by Filter", 0) <= 1  # what is restricted
            assert not [node for node in statement if "Sort" in node["Node Type"]]
            assert any(node.get("Function Name") == "hub_reach" for node in statement)
