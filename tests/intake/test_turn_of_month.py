"""The sender's own id is known whichever month its message is in."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Final

import asyncpg
import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN, registration
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital, without_message_id
from tests.harness.months import id_of, make_past, month, own_months, part_of

CALLED: Final = {
    "eventId": "q-1", "type": "queue.called", "ticket": "A1", "counter": "3",
    "patient": {"citizenId": LAN.citizen_id},
}  # fmt: skip
LAST_MONTH: Final = timedelta(seconds=1)


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    async with own_months(database.owner):
        await make_past(database.owner, 1)
        yield database.owner


@pytest.fixture
async def another(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.servers.database_url("postgres"))
    yield connection
    await connection.close()


async def hospital_with_lan(database: Database, client: AsyncClient) -> Hospital:
    hospital = await a_hospital(database, client)
    await hospital.registers(LAN)
    return hospital


async def came_last_month(owner: asyncpg.Connection) -> None:
    """Give the newest message an id of a second before the turn of the month."""
    before = id_of(month(0) - LAST_MONTH)
    newest = await owner.fetchval("SELECT max(id::text)::uuid FROM received_event")
    for table in ("received_event", "known_sender_id"):
        await owner.execute(f"UPDATE {table} SET id = $2 WHERE id = $1", newest, before)


async def test_a_message_that_comes_again_in_the_next_month_is_a_replay(
    owner: asyncpg.Connection, database: Database, client: AsyncClient
) -> None:
    hospital = await hospital_with_lan(database, client)
    first = await hospital.says(CALLED)
    assert first.status_code == 202
    await came_last_month(owner)

    again = await hospital.says(CALLED)
    other = await hospital.says(CALLED | {"ticket": "A2"})

    assert again.text == first.text
    assert other.status_code == 409
    assert await owner.fetchval(f"SELECT count(*) FROM {part_of('received_event', 1)}") == 1
    assert await owner.fetchval("SELECT count(*) FROM notification") == 1


async def test_of_two_at_the_turn_of_a_month_the_second_waits_for_the_first(
    owner: asyncpg.Connection, another: asyncpg.Connection, database: Database, client: AsyncClient
) -> None:
    """The first is written again by hand, in a transaction that is still open at the turn."""
    hospital = await hospital_with_lan(database, client)
    first = await hospital.says(CALLED)
    await came_last_month(owner)
    edge = id_of(month(0))
    row = await owner.fetchrow("SELECT * FROM received_event WHERE id < $1", edge)
    known = await owner.fetchrow("SELECT * FROM known_sender_id WHERE id < $1", edge)
    for table in ("received_event", "known_sender_id"):
        await owner.execute(f"DELETE FROM {table} WHERE id = $1", row["id"])
    held = another.transaction()
    await held.start()
    for table, values in (("known_sender_id", known), ("received_event", row)):
        await another.execute(
            f"INSERT INTO {table} ({', '.join(values.keys())})"
            f" VALUES ({', '.join(f'${n}' for n in range(1, len(values) + 1))})", *values,
        )  # fmt: skip

    second = asyncio.create_task(hospital.says(CALLED))
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    while not await owner.fetchval(waiting):
        assert not second.done()
    await held.commit()

    assert (await second).text == first.text
    sent = "SELECT count(*) FROM known_sender_id k JOIN received_event e ON e.id = k.id"
    assert await owner.fetchval(sent + " WHERE e.dialect = 'hub'") == 1


async def test_messages_without_an_id_are_each_their_own(
    owner: asyncpg.Connection, database: Database, client: AsyncClient
) -> None:
    hospital = await hospital_with_lan(database, client)
    before = await owner.fetchval("SELECT count(*) FROM known_sender_id")
    bundle = without_message_id(registration(LAN))

    for _ in range(2):
        assert (await hospital.posts(bundle)).status_code == 200

    assert await owner.fetchval("SELECT count(*) FROM received_event WHERE sender_id IS NULL") == 2
    assert await owner.fetchval("SELECT count(*) FROM known_sender_id") == before


async def test_the_same_id_of_two_facilities_is_two_and_neither_sees_the_others(
    owner: asyncpg.Connection, database: Database, client: AsyncClient
) -> None:
    one = await hospital_with_lan(database, client)
    other = await hospital_with_lan(database, client)
    for hospital in (one, other):
        assert (await hospital.says(CALLED)).status_code == 202

    async with owner.transaction():
        await owner.execute("SELECT open_intake($1)", one.facility)
        for table in ("received_event", "known_sender_id"):
            seen = await owner.fetch(f"SELECT DISTINCT facility FROM {table}")
            assert [row["facility"] for row in seen] == [one.facility]
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with owner.transaction():
                    await owner.execute(
                        f"INSERT INTO {table} (facility) VALUES ($1)", other.facility
                    )
