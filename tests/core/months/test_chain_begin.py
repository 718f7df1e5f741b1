"""The chain begins behind the months that went, and what is kept of them cannot be forged."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from backend.core.audit_chain.heads import sign_head
from backend.core.audit_chain.heads_file import heads_in
from backend.core.audit_chain.links import ChainFault, Finding
from backend.core.audit_chain.sealer import as_sealer, chain_end, seal_chain
from backend.core.audit_chain.verifier import Checked, verify_chain
from backend.core.audit_chain.worker_tasks import CheckDuty, check_heads
from backend.core.months.duty import MonthsDuty
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.months import kept_for, make_past, month, part_of, parts, write_act
from tests.harness.unguarded import unguarded

OLDER: Final = 16
OLD: Final = 15
KEPT: Final = 12
EACH: Final = 3
"""Rows of each month: places 1 to 3 and 4 to 6 go, 7 to 9 stay."""
BEGIN: Final = 2 * EACH

ADDED: Final = (
    "INSERT INTO dropped_month (table_name, month, first_place, first_chain, last_place,"
    " last_chain, entry) SELECT 'audit_event', now(), 7, chain, 7, chain,"
)
"""A month that was never dropped: whoever takes rows away would say so of them."""


async def a_chain(database: Database) -> None:
    owner = database.owner
    await make_past(owner, OLDER, OLD, 1)
    await kept_for(owner, KEPT, "audit_event")
    for ago in (OLDER, OLD, 1):
        for hours in range(EACH):
            await write_act(owner, month(ago) + timedelta(hours=hours + 1))
    async with database.as_worker():
        assert await seal_chain() == 3 * EACH


async def drop_all(database: Database) -> None:
    async with database.as_worker():
        await MonthsDuty()()
        await seal_chain()


async def checked(database: Database) -> Checked:
    async with database.as_worker():
        return await verify_chain()


@pytest.fixture
async def dropped(owner: asyncpg.Connection, database: Database) -> asyncpg.Connection:
    await a_chain(database)
    await drop_all(database)
    return owner


async def test_first_and_last_hash_of_each_month_are_kept_and_the_chain_begins_behind(
    owner: asyncpg.Connection, database: Database
) -> None:
    await a_chain(database)
    hashes = {
        row["place"]: row["chain"]
        for row in await owner.fetch("SELECT place, chain FROM audit_event")
    }

    await drop_all(database)

    kept = await owner.fetch("SELECT * FROM dropped_month WHERE last_place > 0 ORDER BY month")
    assert [(row["first_place"], row["last_place"]) for row in kept] == [(1, 3), (4, 6)]
    for row in kept:
        assert row["first_chain"] == hashes[row["first_place"]]
        assert row["last_chain"] == hashes[row["last_place"]]
    assert await owner.fetchval("SELECT min(place) FROM audit_event") == BEGIN + 1
    entries = await owner.fetchval("SELECT count(*) FROM dropped_month")
    assert await checked(database) == Checked(3 * EACH + entries)


@pytest.mark.parametrize(
    ("forged", "place"),
    [
        ("UPDATE dropped_month SET last_chain = sha256('x') WHERE last_place = 6", 6),
        ("UPDATE dropped_month SET first_chain = sha256('x') WHERE last_place = 6", 6),
        ("UPDATE dropped_month SET first_chain = sha256('x') WHERE last_place = 3", 3),
        ("UPDATE dropped_month SET first_place = 5 WHERE last_place = 6", 6),
        ("UPDATE dropped_month SET last_place = 7 WHERE last_place = 6", 7),
        ("UPDATE dropped_month SET month = month - interval '1 year' WHERE last_place = 6", 6),
        ("UPDATE dropped_month SET entry = uuidv7() WHERE last_place = 6", 6),
        (f"{ADDED} uuidv7() FROM audit_event WHERE place = 7", 7),
        (f"{ADDED} id FROM audit_event WHERE place = 7", 7),
    ],
)  # fmt: skip
async def test_what_is_kept_of_a_month_cannot_be_forged(
    dropped: asyncpg.Connection, database: Database, forged: str, place: int
) -> None:
    async with unguarded(dropped):
        await dropped.execute(forged)

    assert await checked(database) == Checked(0, Finding(ChainFault.DROPPED, place))


async def test_a_kept_month_that_is_taken_away_leaves_a_gap(
    dropped: asyncpg.Connection, database: Database
) -> None:
    async with unguarded(dropped):
        await dropped.execute("DELETE FROM dropped_month WHERE last_place = 6")

    assert await checked(database) == Checked(3, Finding(ChainFault.GAP, 4))


async def test_rows_that_go_without_their_month_are_found(
    dropped: asyncpg.Connection, database: Database
) -> None:
    async with unguarded(dropped):
        await dropped.execute("DELETE FROM audit_event WHERE place = 7")

    assert await checked(database) == Checked(6, Finding(ChainFault.GAP, 7))


async def test_a_row_right_behind_the_begin_is_held_by_the_hash_that_is_kept(
    dropped: asyncpg.Connection, database: Database
) -> None:
    async with unguarded(dropped):
        await dropped.execute("UPDATE audit_event SET action = 'x' WHERE place = 7")

    assert await checked(database) == Checked(6, Finding(ChainFault.HASH, 7))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE dropped_month SET first_place = 1",
        "DELETE FROM dropped_month",
        "TRUNCATE dropped_month",
    ],
)
async def test_what_is_kept_of_a_month_is_never_written_again(
    dropped: asyncpg.Connection, statement: str
) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await dropped.execute(statement)


async def test_a_month_that_is_not_whole_is_evidence_and_stays(
    owner: asyncpg.Connection, database: Database
) -> None:
    await a_chain(database)
    async with unguarded(owner):
        await owner.execute("UPDATE audit_event SET action = 'x' WHERE place = 5")

    await drop_all(database)

    assert part_of("audit_event", OLD) in await parts(owner, "audit_event")
    assert part_of("audit_event", OLDER) not in await parts(owner, "audit_event")
    assert await alarms(database) == ["audit.chain"]


async def test_heads_of_dropped_rows_are_passed_over_and_those_of_kept_ones_are_not(
    owner: asyncpg.Connection, database: Database, tmp_path: Path
) -> None:
    await a_chain(database)
    file = tmp_path / "heads.jsonl"
    rows = await owner.fetch("SELECT at, place, chain FROM audit_event ORDER BY place")
    file.write_bytes(b"".join(sign_head(*row).line() for row in rows))
    await drop_all(database)

    async with database.as_worker():
        assert len(heads_in(file)) == 3 * EACH
        assert await check_heads(file, by_ring=False) is None
        async with unguarded(owner):
            await owner.execute("UPDATE dropped_month SET first_chain = 'x' WHERE first_place = 1")
        found = await check_heads(file, by_ring=False)

    assert found == Finding(ChainFault.HEAD, 1)


async def test_the_daily_check_and_the_next_rows_go_on_behind_a_dropped_month(
    dropped: asyncpg.Connection, database: Database, time_moves: Travel
) -> None:
    async with database.as_worker():
        for days in range(2):
            async with time_moves(timedelta(days=days, hours=days)):
                await CheckDuty("")()
        async with as_sealer():
            place, _ = await chain_end()

    faults = await dropped.fetch("SELECT fault, place FROM audit_check ORDER BY started_at")
    assert [row["fault"] for row in faults] == ["", ""]
    assert place == await dropped.fetchval("SELECT max(place) FROM audit_event")


@asynccontextmanager
async def _turn(began: asyncio.Event, go_on: asyncio.Event) -> AsyncIterator[None]:
    """Read as the sealer; behind the first reading, wait until the other side is done."""
    if began.is_set():
        await go_on.wait()
    async with as_sealer():
        yield
    began.set()


async def test_a_month_that_goes_while_the_chain_is_followed_is_no_fault(
    owner: asyncpg.Connection, database: Database
) -> None:
    """The check has read where the chain begins, and nothing else yet, when the month goes."""
    await a_chain(database)
    began, go_on = asyncio.Event(), asyncio.Event()

    async with database.as_worker():
        following = asyncio.create_task(verify_chain(reading=partial(_turn, began, go_on)))
        await began.wait()
        await MonthsDuty()()
        go_on.set()
        found = await following

    assert found.finding is None
    assert await owner.fetchval("SELECT min(place) FROM audit_event") == BEGIN + 1


async def test_two_sealers_give_no_place_twice_at_the_turn_of_a_month(
    owner: asyncpg.Connection, another: asyncpg.Connection, database: Database
) -> None:
    """Rows of two months have no unique index in common: the second waits, and is refused."""
    await make_past(owner, 1)
    first = await write_act(owner, month(1) + timedelta(hours=1))
    second = await write_act(owner, month(0) + timedelta(minutes=1))
    seal = "UPDATE audit_event SET place = 1, chain = 'x' WHERE id = $1"
    held = another.transaction()
    await held.start()
    await another.execute(seal, first)
    other = asyncio.create_task(owner.execute(seal, second))
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    while not await database.worker_pool.fetchval(waiting):
        assert not other.done()
    await held.commit()

    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await other
    assert await owner.fetchval("SELECT count(*) FROM audit_event WHERE place = 1") == 1


async def test_who_seals_by_an_old_picture_is_refused(
    owner: asyncpg.Connection, database: Database
) -> None:
    row = await write_act(owner, month(0) + timedelta(minutes=1))

    async with owner.transaction(isolation="repeatable_read"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute("UPDATE audit_event SET place = 1, chain = 'x' WHERE id = $1", row)
