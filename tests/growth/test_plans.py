"""No statement of the hub reads or sorts everything, however much is stored."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from backend.core.audit_chain.worker_tasks import CheckDuty, HeadsDuty
from backend.core.database import DB
from backend.core.months.duty import MonthsDuty
from backend.core.postgres.stored_instants import bound_instants
from backend.gateways.sender import Channel
from backend.notifications.delivery.claiming import BOOKING, book_texts
from backend.notifications.delivery.dispatcher import deliver_due
from backend.notifications.delivery.reconciliation import reconcile
from backend.notifications.delivery.sending import Providers
from backend.notifications.planning.scheduled import plan_codes
from backend.worker import CHAIN, CLAIM, CODES, DOUBTS, DUTIES, EVERY_DUTY, HEAD, MONTHS, WAKE, Duty
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
from tests.growth.plans import EXPLAIN, LOUD, Plan, Reader, planned, plans_in, reader_of
from tests.harness.fakes.sender import FakeProvider

pytestmark = pytest.mark.timeout(600)
"""Every table is filled once, on whatever else runs here."""
LONGEST_TURN: Final = 60.0
"""Seconds, on whatever else runs here."""
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


async def test_no_duty_reads_everything(filled: Database, tmp_path: Path) -> None:
    """Each has two turns: the second has nothing new to do."""
    works = _works(str(tmp_path / "heads.jsonl"))
    heard: dict[str, list[Plan]] = {}
    reader = await reader_of(filled.owner)

    async with _explaining(filled) as plans:
        for duty in sorted(set(EVERY_DUTY) - {WAKE}):
            plans.clear()
            for _ in range(2):
                async with asyncio.timeout(LONGEST_TURN):
                    await works[duty]()
            heard[duty] = list(plans)

    wrong = {duty: found for duty, asked in heard.items() if (found := _faults(reader, asked))}
    assert wrong == {}
    assert [duty for duty, asked in heard.items() if not asked] == []


def _works(heads: str) -> dict[str, Duty]:
    provider = FakeProvider()
    outside = Providers({Channel.SMS: provider, Channel.PUSH: provider}, provider)
    return {
        **DUTIES,
        CODES: plan_codes,
        HEAD: HeadsDuty(heads),
        CHAIN: CheckDuty(heads),
        MONTHS: MonthsDuty(),
        BOOKING: book_texts,
        CLAIM: lambda: deliver_due(outside),
        DOUBTS: lambda: reconcile(provider, doubt=60.0),
    }


@asynccontextmanager
async def _explaining(database: Database) -> AsyncIterator[list[Plan]]:
    """Let the hub ask in the block by connections that explain all they do."""
    plans: list[Plan] = []

    async def init(connection: asyncpg.Connection) -> None:
        await bound_instants(connection)
        await connection.execute(LOUD)
        connection.add_log_listener(lambda _, said: plans.extend(plans_in(said.message)))

    async def leave(_: asyncpg.Connection) -> None:
        """Settings of ours end with their transaction, and these shall stay."""

    url = database.servers.database_url("postgres")
    async with asyncpg.create_pool(url, min_size=1, max_size=8, init=init, reset=leave) as pool:
        before, DB.pool = DB.pool, pool
        try:
            yield plans
        finally:
            DB.pool = before


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
