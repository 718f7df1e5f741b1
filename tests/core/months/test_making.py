"""A month is there before it begins; what is of no month is kept all the same."""

from datetime import timedelta
from itertools import product

import asyncpg

from backend.core.audit_chain.sealer import seal_chain
from backend.core.audit_chain.verifier import Checked, verify_chain
from backend.core.metrics import MONTHS_MISSING, OF_NO_MONTH
from backend.core.months.duty import MonthsDuty
from backend.core.months.tables import MONTHLY
from tests.conftest import Database, Travel
from tests.harness.makers import a_facility
from tests.harness.months import (
    MAKE,
    OTHER,
    id_of,
    make_all,
    month,
    part_of,
    parts,
    write_act,
    write_message,
)

DAYS_TO_THE_NEXT = timedelta(days=32)
READ_ANY = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN")


async def test_this_month_and_three_more_are_there_for_each_table(
    owner: asyncpg.Connection,
) -> None:
    for table in MONTHLY:
        assert {part_of(table, ago) for ago in (0, -1, -2, -3)} <= await parts(owner, table)
    assert await owner.fetchval(MAKE) is None


async def test_a_worker_makes_what_the_turn_of_a_month_lacks(
    owner: asyncpg.Connection, database: Database, time_moves: Travel
) -> None:
    async with time_moves(month(-1) - month(0)), database.as_worker():
        await MonthsDuty()()

    for table in MONTHLY:
        assert part_of(table, -4) in await parts(owner, table)


async def test_nobody_but_the_owner_has_a_right_on_a_month(owner: asyncpg.Connection) -> None:
    roles = await owner.fetch(
        r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'hub\_%' AND rolname <> 'hub_owner'"
    )
    rows = await owner.fetch(
        "SELECT oid FROM pg_class WHERE relnamespace = 'months'::regnamespace AND relkind = 'r'"
    )
    able = [
        (role["rolname"], row["oid"], right)
        for role, row, right in product(roles, rows, READ_ANY)
        if await owner.fetchval(
            "SELECT has_table_privilege($1, $2::oid, $3)", role["rolname"], row["oid"], right
        )
    ]

    assert len(rows) >= 20
    assert able == []
    for role in roles:
        assert not await owner.fetchval(
            "SELECT has_schema_privilege($1, 'months', 'USAGE')", role["rolname"]
        )


async def test_each_month_has_the_keys_references_and_triggers_of_its_table(
    owner: asyncpg.Connection,
) -> None:
    """Triggers of whole statements are not inherited, so the log's are made for each month."""
    for table in MONTHLY:
        rules = (
            "SELECT tgname::text AS rule FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid = $1::regclass UNION ALL SELECT pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE conrelid = $1::regclass UNION ALL SELECT replace("
            " regexp_replace(pg_get_indexdef(indexrelid), '^.* USING', ''), ' ', '') FROM pg_index"
            " WHERE indrelid = $1::regclass ORDER BY rule"
        )
        whole = [row["rule"] for row in await owner.fetch(rules, table)]
        for part in (*await parts(owner, table), OTHER[table]):
            assert [row["rule"] for row in await owner.fetch(rules, part)] == whole, part


async def test_a_row_of_any_time_is_taken_in(owner: asyncpg.Connection, database: Database) -> None:
    facility = await a_facility(database)
    for n, years in enumerate((-30, -3, 3, 60)):
        at = month(0) + timedelta(days=365 * years)
        await write_message(owner, facility, at, str(n))

    assert await owner.fetchval(f"SELECT count(*) FROM {OTHER['received_event']}") == 4
    async with database.as_worker():
        await MonthsDuty()()
    assert OF_NO_MONTH.labels("received_event")._value.get() == 4
    assert MONTHS_MISSING.labels("received_event")._value.get() == 0


async def test_rows_that_came_before_their_month_move_into_it(
    owner: asyncpg.Connection, database: Database
) -> None:
    """No month of this past is there: the workers stood still, and the API went on."""
    then = month(5) + timedelta(days=2)
    facility = await a_facility(database)
    message = await write_message(owner, facility, then, "early")
    act = await write_act(owner, then)
    async with database.as_worker():
        await seal_chain()
    assert await owner.fetchval(f"SELECT count(*) FROM {OTHER['audit_event']}") == 1

    await owner.execute("UPDATE clock_offset SET ahead = $1::timestamptz - clock_timestamp()", then)
    await make_all(owner)

    for table, row in (("received_event", message), ("audit_event", act)):
        assert await owner.fetchval(f"SELECT id FROM {part_of(table, 5)}") == row
        assert await owner.fetchval(f"SELECT count(*) FROM {OTHER[table]}") == 0
    async with database.as_worker():
        assert await verify_chain() == Checked(1)


async def test_a_month_with_too_many_such_rows_waits_and_keeps_no_other(
    owner: asyncpg.Connection, database: Database
) -> None:
    then = month(5) + timedelta(days=2)
    facility = await a_facility(database)
    for n in range(3):
        await write_message(owner, facility, then, str(n))
    await owner.execute("UPDATE clock_offset SET ahead = $1::timestamptz - clock_timestamp()", then)

    while await owner.fetchval("SELECT hub_make_month(2)"):
        pass

    assert part_of("received_event", 5) not in await parts(owner, "received_event")
    assert part_of("received_event", 4) in await parts(owner, "received_event")
    assert part_of("attempt", 5) in await parts(owner, "attempt")
    assert await owner.fetchval(f"SELECT count(*) FROM {OTHER['received_event']}") == 3
    await owner.execute("SELECT hub_make_month(3)")
    assert part_of("received_event", 5) in await parts(owner, "received_event")


async def test_a_missing_month_that_cannot_be_made_is_an_alarm(
    owner: asyncpg.Connection, another: asyncpg.Connection, database: Database, time_moves: Travel
) -> None:
    async with time_moves(month(-40) - month(0)):
        async with another.transaction(), database.as_worker():
            await another.execute(
                "SELECT FROM received_event, audit_event, attempt, delivery_event"
            )
            duty = MonthsDuty()
            await duty()
            assert MONTHS_MISSING.labels("attempt")._value.get() == 2
        raised = await owner.fetch("SELECT kind FROM alarm")
        async with time_moves(timedelta(minutes=2)), database.as_worker():
            await duty()

        assert [row["kind"] for row in raised] == ["months.missing"]
        assert MONTHS_MISSING.labels("attempt")._value.get() == 0


async def test_a_month_is_made_while_others_write_and_read_theirs(
    owner: asyncpg.Connection, another: asyncpg.Connection, database: Database
) -> None:
    facility = await a_facility(database)
    async with another.transaction():
        row = await write_message(another, facility, month(0) + timedelta(days=1), "open")
        await another.fetchval("SELECT raw FROM received_event WHERE id = $1", row)
        await owner.execute(
            "UPDATE clock_offset SET ahead = $1::timestamptz - clock_timestamp()", month(-1)
        )
        await owner.execute("SET lock_timeout = '5s'")
        await make_all(owner)
        await owner.execute("RESET lock_timeout")

        assert part_of("received_event", -4) in await parts(owner, "received_event")
    assert await owner.fetchval("SELECT id FROM received_event") == row
    assert id_of(month(3)) < id_of(month(2))
