"""A page is found by its index, through the policies, wherever it begins and whoever else is in."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest

from backend.auth.access import access_tokens
from backend.records.kinds import LISTED, Kind
from tests.conftest import Database
from tests.harness.records.crowds import crowded
from tests.matrix.kinds import Caller
from tests.matrix.world import World

PAGE: Final = 21
Plan = dict[str, Any]


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


@pytest.mark.parametrize("kind", LISTED, ids=lambda kind: kind.table)
async def test_a_page_is_found_by_its_index_wherever_it_begins(
    database: Database, world: World, kind: Kind
) -> None:
    table, order = kind.table, kind.listed_by
    await crowded(database, table, order)
    session = access_tokens.verify(world.tokens[Caller.OWNER]).session

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
            assert any("InitPlan" in node.get("Subplan Name", "") for node in statement)
