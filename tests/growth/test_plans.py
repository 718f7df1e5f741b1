"""No statement of the hub reads or sorts everything, however much is stored."""

import re
from collections.abc import AsyncIterator
from typing import Final

import asyncpg
import pytest

from tests.conftest import Database
from tests.growth.asked import FUNCTIONS, of_the_source
from tests.growth.guard import (
    COSTS_MORE,
    NEEDLESS,
    NOT_SEEN_TO_BE_NEEDED,
    READS_ALL,
    Guard,
    called,
)
from tests.growth.plans import EXPLAIN, Plan, Reader, planned, reader_of

pytestmark = pytest.mark.timeout(600)
"""Every table is filled once, on whatever else runs here."""
GUARDED: Final = 95
"""So many indexes at least are seen to be needed: a guard that goes blind is seen."""
INDEXES: Final = """
SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS table
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
 WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition AND NOT i.indisunique
"""


@pytest.fixture
async def owner(filled: Database) -> AsyncIterator[asyncpg.Connection]:
    """Who may plan everything; the tables are full."""
    one = await asyncpg.connect(filled.servers.database_url("postgres"))
    await one.execute(EXPLAIN)
    yield one
    await one.close()


async def test_no_statement_of_the_source_reads_everything(owner: asyncpg.Connection) -> None:
    reader, wrong = await reader_of(owner), {}
    statements = of_the_source()

    for place, text in statements.items():
        if found := reader.faults(await planned(owner, text)):
            wrong[place] = found

    assert wrong == {}
    assert len(statements) > 400  # a finder that goes blind is seen


async def test_no_function_reads_everything(owner: asyncpg.Connection) -> None:
    reader, wrong = await reader_of(owner), {}

    for name in FUNCTIONS:
        plans = await called(owner, name)
        if found := _faults(reader, plans):
            wrong[name] = found
        assert len(plans) > 1, name  # what it asks inside is heard

    assert wrong == {}


def _faults(reader: Reader, plans: list[Plan]) -> set[str]:
    return {f"{fault}: {plan['Text'][:120]}" for plan in plans for fault in reader.faults(plan)}


async def test_without_any_one_index_a_plan_goes_wrong(owner: asyncpg.Connection) -> None:
    """Each index is dropped in a transaction, and what used it is planned again."""
    guard = await Guard.of(owner)
    seen: dict[str, list[str]] = {}

    for index in sorted(await _indexes(owner)):
        seen.setdefault(await guard.without(index), []).append(index)

    for how, names in sorted(seen.items()):
        print(f"{how}: {len(names)}", *names, sep="\n  ")  # noqa: T201  # for the note
    assert [
        index for index in seen[NEEDLESS]
        if not any(re.fullmatch(pattern, index) for pattern in NOT_SEEN_TO_BE_NEEDED)
    ] == []  # fmt: skip
    assert len(seen[READS_ALL]) + len(seen[COSTS_MORE]) >= GUARDED


async def _indexes(owner: asyncpg.Connection) -> list[str]:
    """List the indexes of tables that grow, but for those that keep something unique."""
    reader, rows = await reader_of(owner), await owner.fetch(INDEXES)
    return [row["name"] for row in rows if reader.grows(row["table"])]
