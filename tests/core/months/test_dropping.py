"""A month that is kept no longer goes whole, with what is kept of it, or it stays and says why."""

from itertools import product

import asyncpg
import pytest

from backend.core.audit_chain.sealer import seal_chain
from backend.core.months.duty import MonthsDuty
from backend.core.months.tables import MONTHLY
from tests.conftest import Database
from tests.harness.months import (
    A_DAY,
    LAST,
    OLD,
    a_past,
    id_of,
    kept_for,
    make_past,
    month,
    part_of,
    parts,
    write_message,
)
from tests.harness.unguarded import unguarded


async def turn(database: Database) -> None:
    async with database.as_worker():
        await seal_chain()
        await MonthsDuty()()


async def test_a_month_goes_when_its_time_is_over_and_leaves_a_written_entry(
    owner: asyncpg.Connection, database: Database
) -> None:
    await a_past(database)

    await turn(database)

    for table in MONTHLY:
        assert part_of(table, OLD) not in await parts(owner, table)
        assert part_of(table, LAST) in await parts(owner, table)
        assert await owner.fetchval("SELECT to_regclass($1)", part_of(table, OLD)) is None
    kept = await owner.fetch(
        "SELECT d.table_name, d.month, a.action, a.actor_kind, a.subject = d.id AS said"
        " FROM dropped_month d JOIN audit_event a ON a.id = d.entry ORDER BY 1, 2"
    )
    olds = [row for row in kept if row["month"] == month(OLD)]
    assert [row["table_name"] for row in olds] == list(MONTHLY)
    assert {(row["action"], row["actor_kind"], row["said"]) for row in kept} == {
        ("month.dropped", "system", True)
    }
    known = await owner.fetch("SELECT sender_hash FROM known_sender_id")
    assert [row["sender_hash"] for row in known] == [f"sender {LAST}"]


async def test_months_go_in_their_order_and_one_that_must_stay_keeps_those_behind_it(
    owner: asyncpg.Connection, database: Database
) -> None:
    facility = await a_past(database)
    await make_past(owner, OLD - 1)
    row = await write_message(owner, facility, month(OLD - 2) + A_DAY, "waits")
    await owner.execute("UPDATE received_event SET outcome = 'quarantined' WHERE id = $1", row)

    await turn(database)
    left = await parts(owner, "received_event")

    assert {part_of("received_event", OLD), part_of("received_event", OLD - 1)} & left == set()
    assert {part_of("received_event", OLD - 2), part_of("received_event", LAST)} <= left
    await owner.execute("UPDATE received_event SET outcome = 'refused' WHERE id = $1", row)
    await turn(database)
    assert part_of("received_event", OLD - 2) not in await parts(owner, "received_event")


async def mark_waiting(owner: asyncpg.Connection) -> None:
    await owner.execute("UPDATE received_event SET outcome = 'quarantined' WHERE id < $1",
                        id_of(month(OLD - 1)))  # fmt: skip


async def leave_in_doubt(owner: asyncpg.Connection) -> None:
    async with unguarded(owner):
        await owner.execute(
            "INSERT INTO delivery (id, status, channel, lane, due_at)"
            " VALUES ($1, 'in_doubt', 'sms', 0, now())", id_of(month(OLD) + A_DAY),
        )  # fmt: skip


async def forget_last_month(owner: asyncpg.Connection) -> None:
    """So it would be if a clock had jumped: no month before this one was ever lived through."""
    async with unguarded(owner):
        for table in MONTHLY:
            await owner.execute(
                f"DELETE FROM {table} WHERE id >= $1 AND id < $2",
                id_of(month(LAST)), id_of(month(0)),
            )  # fmt: skip


async def keep_for_ever(owner: asyncpg.Connection) -> None:
    await kept_for(owner, 0)


async def keep_longer(owner: asyncpg.Connection) -> None:
    await kept_for(owner, OLD)


async def seal_a_young_row_first(owner: asyncpg.Connection) -> None:
    async with unguarded(owner):
        await owner.execute(
            "UPDATE audit_event SET place = 1, chain = 'x' WHERE id > $1", id_of(month(LAST))
        )
        await owner.execute("UPDATE audit_event SET place = 2, chain = 'x' WHERE place IS NULL")


@pytest.mark.parametrize(
    ("table", "hinder", "why"),
    [
        ("received_event", mark_waiting, "waiting"),
        ("attempt", leave_in_doubt, "unfinished"),
        ("delivery_event", leave_in_doubt, "unfinished"),
        ("audit_event", seal_a_young_row_first, "mixed"),
        *product(MONTHLY, [forget_last_month], ["silent"]),
        *product(MONTHLY, [keep_for_ever, keep_longer], ["kept"]),
    ],
)
async def test_a_month_stays_and_says_why(
    owner: asyncpg.Connection, database: Database, table: str, hinder: object, why: str
) -> None:
    await a_past(database)
    assert callable(hinder)
    await hinder(owner)
    async with database.as_worker():
        await seal_chain()

    said = await owner.fetchval(
        "SELECT hub_hindrance(table_name, month, part) FROM hub_months()"
        " WHERE table_name = $1 AND month = $2", table, month(OLD),
    )  # fmt: skip
    async with database.as_worker():
        dropped = await _drop(database, table)

    assert (said, dropped) == (why, None)
    assert part_of(table, OLD) in await parts(owner, table)


async def _drop(database: Database, table: str) -> object:
    return await database.worker_pool.fetchval("SELECT hub_drop_month($1)", table)


async def test_a_row_that_is_not_sealed_keeps_its_month_and_so_does_the_end_of_the_chain(
    owner: asyncpg.Connection, database: Database
) -> None:
    await a_past(database)
    said = (
        "SELECT hub_hindrance(table_name, month, part) FROM hub_months() WHERE part = $1::regclass"
    )

    assert await owner.fetchval(said, part_of("audit_event", OLD)) == "unsealed"
    async with unguarded(owner):
        await owner.execute("UPDATE audit_event SET place = 1, chain = 'x' WHERE id < $1",
                            id_of(month(LAST)))  # fmt: skip
    assert await owner.fetchval(said, part_of("audit_event", OLD)) == "last"
    assert await _drop(database, "audit_event") is None


async def test_nobody_but_the_worker_drops_and_nobody_chooses_what(
    owner: asyncpg.Connection, database: Database
) -> None:
    rows = await owner.fetch(
        r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'hub\_%' AND rolname <> 'hub_owner'"
    )
    roles = [row["rolname"] for row in rows]
    able = {
        role
        for role in roles
        if await owner.fetchval(
            "SELECT has_function_privilege($1, 'hub_drop_month(text)', 'EXECUTE')", role
        )
    }
    writing = [
        (role, table, right)
        for role, table, right in product(
            roles, ["retention", "dropped_month", "clock_offset"],
            ["INSERT", "UPDATE", "DELETE", "TRUNCATE"],
        )
        if await owner.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, right)
    ]  # fmt: skip

    assert able == {"hub_worker"}
    assert writing == []


@pytest.mark.parametrize("table", MONTHLY)
async def test_a_reader_who_holds_the_table_is_waited_for_and_no_one_behind_him_waits_long(
    owner: asyncpg.Connection, another: asyncpg.Connection, database: Database, table: str
) -> None:
    await a_past(database)
    async with database.as_worker():
        await seal_chain()
    async with another.transaction():
        await another.execute(f"SELECT FROM {table}")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await _drop(database, table)
        assert part_of(table, OLD) in await parts(owner, table)
        assert await owner.fetchval("SELECT count(*) FROM dropped_month") == 0

    assert await _drop(database, table) == part_of(table, OLD)


async def test_ids_of_senders_go_in_batches_before_the_month(
    owner: asyncpg.Connection, database: Database
) -> None:
    await a_past(database)
    facility = await owner.fetchval("SELECT id FROM facility")
    await owner.execute(
        "INSERT INTO known_sender_id (id, facility, dialect, sender_hash)"
        " SELECT ($2::text || lpad(to_hex(n), 8, '0'))::uuid, $1, 'hub', n::text"
        " FROM generate_series(1, 10000) n", facility, id_of(month(OLD) + A_DAY).hex[:24],
    )  # fmt: skip

    assert await _drop(database, "received_event") == "known_sender_id"
    assert await _drop(database, "received_event") == part_of("received_event", OLD)
    assert await owner.fetchval("SELECT count(*) FROM known_sender_id") == 1
