"""The audit log is one chain: what was sealed can be checked, and what was changed is found."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from backend.core.audit import Act, write_down
from backend.core.audit_chain.links import CLOCK_SLACK, FIRST_HASH, ChainFault, Finding, link_hash
from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.verifier import Checked, find_unsealed, verify_chain
from tests.conftest import Database
from tests.harness.unguarded import unguarded

ROWS = 5


async def a_chain(database: Database, rows: int = ROWS) -> None:
    for _ in range(rows):
        await write_down(Act(actor_kind="system", action="test", why="a reason"))
    async with database.as_worker():
        assert await seal_chain() == rows


async def checked(database: Database) -> Checked:
    async with database.as_worker():
        return await verify_chain()


async def spoilt(database: Database, *statements: str) -> None:
    async with unguarded(database.owner):
        for statement in statements:
            await database.owner.execute(statement)


def test_the_hash_of_a_row_is_the_one_that_older_versions_made() -> None:
    row = (
        UUID(int=7 << 76 | 2 << 62), datetime(2026, 11, 30, 1, 2, 3, 456, UTC), "staff",
        UUID(int=1), None, "support.case", None, "Lý do", "192.0.2.1", "done",
    )  # fmt: skip

    assert link_hash(FIRST_HASH, 1, row).hex() == (
        "d7bb396ff78829eeeeb36771500fd898bb6a75752e1ddb81cd5290fa9599b2f9"
    )


async def test_a_chain_that_nobody_touched_is_whole(database: Database) -> None:
    await a_chain(database)

    assert await checked(database) == Checked(ROWS)


async def test_sealing_goes_on_until_nothing_is_left(database: Database) -> None:
    for _ in range(7):
        await write_down(Act(actor_kind="system", action="test"))

    async with database.as_worker():
        assert await seal_chain(batch=3) == 7
        assert await verify_chain() == Checked(7)


async def test_one_turn_of_sealing_is_bounded_and_the_next_goes_on(database: Database) -> None:
    for _ in range(7):
        await write_down(Act(actor_kind="system", action="test"))

    async with database.as_worker():
        assert [await seal_chain(batch=2, most=2) for _ in range(3)] == [4, 3, 0]
        assert await verify_chain() == Checked(7)


@pytest.mark.parametrize(
    "change",
    [
        "actor_kind = 'staff'", "actor = uuidv7()", "patient = uuidv7()", "action = 'x'",
        "subject = uuidv7()", "why_digest = 'x'", "stands_for = 9",
        "from_where = 'x'", "result = 'x'", "id = uuidv7()",
        "at = at + interval '1 ms'", "chain = sha256(chain)",
    ],
)  # fmt: skip
async def test_a_changed_column_is_found_at_its_place(database: Database, change: str) -> None:
    await a_chain(database)
    await spoilt(database, f"UPDATE audit_event SET {change} WHERE place = 3")

    assert await checked(database) == Checked(2, Finding(ChainFault.HASH, 3))


async def test_a_deleted_row_is_a_gap(database: Database) -> None:
    await a_chain(database)
    await spoilt(database, "DELETE FROM audit_event WHERE place = 3")

    assert await checked(database) == Checked(2, Finding(ChainFault.GAP, 3))


async def test_a_row_moved_to_the_end_leaves_a_gap(database: Database) -> None:
    await a_chain(database)
    await spoilt(database, "UPDATE audit_event SET place = 6 WHERE place = 3")

    assert await checked(database) == Checked(2, Finding(ChainFault.GAP, 3))


async def test_two_rows_that_changed_places_are_found(database: Database) -> None:
    await a_chain(database)
    await spoilt(
        database,
        "UPDATE audit_event SET place = 0 WHERE place = 2",
        "UPDATE audit_event SET place = 2 WHERE place = 3",
        "UPDATE audit_event SET place = 3 WHERE place = 0",
    )

    assert await checked(database) == Checked(1, Finding(ChainFault.HASH, 2))


async def test_a_row_that_was_written_long_before_is_found(database: Database) -> None:
    await a_chain(database, 2)
    await write_down(Act(actor_kind="system", action="test"))
    async with unguarded(database.owner):
        await database.owner.execute(
            "UPDATE audit_event SET at = at - $1::interval WHERE place IS NULL", CLOCK_SLACK * 2
        )
    async with database.as_worker():
        await seal_chain()

    assert await checked(database) == Checked(2, Finding(ChainFault.CLOCK, 3))


async def test_a_row_that_is_not_sealed_for_minutes_is_found(database: Database) -> None:
    await write_down(Act(actor_kind="system", action="test"))
    async with database.as_worker():
        assert await find_unsealed() is None

        await spoilt(database, "UPDATE audit_event SET at = at - interval '6 min'")

        assert await find_unsealed() == Finding(ChainFault.UNSEALED)


async def test_a_part_is_checked_from_the_hash_before_it(database: Database) -> None:
    await a_chain(database)
    async with database.as_worker():
        assert await verify_chain(2, 4) == Checked(4)
        await spoilt(database, "UPDATE audit_event SET action = 'x' WHERE place = 5")

        assert await verify_chain(2, 4) == Checked(4)
        assert await verify_chain(4) == Checked(4, Finding(ChainFault.HASH, 5))
