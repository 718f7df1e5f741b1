"""Reads plans: what a statement does in tables that grow, also inside the functions it calls."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from tests.growth.filled import FEW, LEFT

Plan = dict[str, Any]
IN_HAND: Final = frozenset({
    "audit_event_unsealed", "challenge_untold", "delivery_leased", "delivery_doubted",
    "received_event_waiting", "session_chart_told_again", "session_chart_by_slip", "pair_spent",
    "waiting_text_of_facility",
})  # fmt: skip
"""Indexes of what is in hand: they may be read whole, since what is done leaves them."""
BATCH: Final = 1000
"""The most rows that anything takes in one go; a table that grows has more."""
EXPLAIN: Final = """
CREATE OR REPLACE FUNCTION pg_temp.planned(statement text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
    EXECUTE 'EXPLAIN (GENERIC_PLAN, FORMAT JSON) ' || statement INTO plan;
    RETURN plan;
END $$
"""
"""The plan for any values, as a statement has it that is prepared once and asked often."""
LOUD: Final = (
    "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0;"
    " SET auto_explain.log_nested_statements = on; SET auto_explain.log_analyze = on;"
    " SET auto_explain.log_timing = off; SET auto_explain.log_format = json;"
    " SET auto_explain.log_level = log; SET client_min_messages = log; SET jit = off"
)
QUIET: Final = "SET auto_explain.log_min_duration = -1; SET client_min_messages = notice"
PARENTS: Final = """
SELECT c.relname AS part, p.relname AS whole FROM pg_inherits i
  JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
"""
EMPTY_ONES: Final = """
SELECT c.relname AS name FROM pg_class c
 WHERE c.relkind = 'r' AND c.relispartition AND c.reltuples < 200
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """Knows which tables grow, and of what a month or an index of a month is a part."""

    whole: Mapping[str, str] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    """Months with next to nothing in them: to read them whole is to read nothing."""

    def grows(self, table: str) -> bool:
        """Tell whether it is a table of the hub's work."""
        name = self.whole.get(table, table)
        few = name in FEW or name in LEFT or table in self.empty
        return bool(table) and not few and not name.startswith("pg_")

    def faults(self, plan: Plan) -> list[str]:
        """Say what reads everything: a whole table, a whole index, most rows, a sort of all."""
        return [fault for node in nodes(plan) if (fault := self._fault(node))]

    def _fault(self, node: Plan) -> str:
        kind, table = node["Node Type"], node.get("Relation Name", "")
        index = self.whole.get(node.get("Index Name", ""), node.get("Index Name", ""))
        if "Sort" in kind and handled(node) > BATCH and self._sorts_rows(node):
            return f"sorts {handled(node)} rows"
        if not self.grows(table) or index in IN_HAND:
            return ""
        if kind == "Seq Scan":
            return f"reads all of {table}"
        if kind.startswith("Index") and "Index Cond" not in node and _is_unbounded(node):
            return f"reads all of {index}"
        if "Actual Rows" in node and handled(node) > BATCH:
            return f"reads {handled(node)} rows of {table} by {index or kind}"
        return ""

    def _sorts_rows(self, node: Plan) -> bool:
        return any(self.grows(below.get("Relation Name", "")) for below in nodes(node))

    def indexes_of(self, plan: Plan) -> set[str]:
        names = {node["Index Name"] for node in nodes(plan) if node.get("Index Name")}
        return {self.whole.get(name, name) for name in names}


async def reader_of(owner: asyncpg.Connection) -> Reader:
    whole = {row["part"]: row["whole"] for row in await owner.fetch(PARENTS)}
    return Reader(whole, frozenset(row["name"] for row in await owner.fetch(EMPTY_ONES)))


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def _is_unbounded(node: Plan) -> bool:
    """Tell whether an index is read from its end until something fits, or to the other end."""
    return "Filter" in node or handled(node) > BATCH


def handled(node: Plan) -> int:
    """Give how many rows a node looks at, or is thought to."""
    if "Actual Rows" not in node:
        return int(node["Plan Rows"])
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + removed) * node.get("Actual Loops", 1))


async def planned(owner: asyncpg.Connection, statement: str) -> Plan:
    """Plan a statement for any values."""
    said = await owner.fetchval("SELECT pg_temp.planned($1)", statement)
    plan: Plan = json.loads(said)[0]["Plan"]
    return plan


def plans_in(message: str) -> list[Plan]:
    """Give the plan that `auto_explain` tells in a message, if it does, with its statement."""
    if "plan:" not in message:
        return []
    found = json.loads(message.partition("plan:")[2])
    return [{**found["Plan"], "Text": found["Query Text"]}]


@asynccontextmanager
async def explained(one: asyncpg.Connection) -> AsyncIterator[list[Plan]]:
    """Give the plan of every statement of the block, also of those inside functions."""
    plans: list[Plan] = []

    def hears(_: object, said: Any) -> None:
        plans.extend(plans_in(said.message))

    await one.execute(LOUD)
    one.add_log_listener(hears)
    try:
        yield plans
    finally:
        one.remove_log_listener(hears)
        await one.execute(QUIET)
