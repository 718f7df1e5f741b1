"""What sign-in needs no longer is deleted, a batch at a time; wrong codes stay longest."""

from datetime import timedelta

from httpx import AsyncClient

from backend.auth import retention
from tests.conftest import Database, Travel
from tests.harness.auth.steps import LAN, STRANGER, ask, lan_is_registered, show

KEPT_FOR_A_WHILE = (*retention.EXPIRED, "sign_in_pair")


async def rows(database: Database) -> dict[str, int]:
    return {
        table: await database.owner.fetchval(f"SELECT count(*) FROM {table}")
        for table in KEPT_FOR_A_WHILE
    }


async def test_a_month_later_only_wrong_codes_are_left_and_then_not_even_these(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)
    for number in (LAN, STRANGER):
        await show(client, await ask(client, number), "000000")
    await database.owner.execute("INSERT INTO sms_code (pair_hash, number_hash) VALUES ('a', 'n')")
    await database.owner.execute(
        "INSERT INTO booked_text (facility, contact, number_hash, origin, booked_at)"
        " VALUES (uuidv7(), uuidv7(), 'n', 'hub', hub_clock())"
    )
    await database.owner.execute(
        "INSERT INTO reached_number (facility, number_hash, prefix_hash, reached_at)"
        " VALUES (uuidv7(), 'n', 'p', hub_clock() - interval '370 days')"
    )
    await database.owner.execute(
        "INSERT INTO used_proof (hash, expires_at) VALUES ('h', hub_clock())"
    )
    await database.owner.execute("INSERT INTO alarm (kind) VALUES ('codes.day')")

    async with database.as_worker():
        await retention.purge_expired()
        at_once = await rows(database)
        async with time_moves(timedelta(days=31)):
            await retention.purge_expired()
            a_month_later = await rows(database)
        async with time_moves(timedelta(days=61)):
            await retention.purge_expired()

    assert at_once == {
        "sign_in_challenge": 2, "sign_in_pair": 2, "sms_code": 1, "used_proof": 0, "alarm": 1,
        "booked_text": 1, "reached_number": 1,
        "staff_place": 0,
    }  # fmt: skip
    nothing = dict.fromkeys(KEPT_FOR_A_WHILE, 0)
    assert a_month_later == nothing | {"sign_in_pair": 2}
    assert await rows(database) == nothing


async def test_a_turn_deletes_batch_after_batch_and_is_bounded(database: Database) -> None:
    most = retention.MOST_BATCHES * retention.BATCH
    await database.owner.execute(
        "INSERT INTO used_proof (hash, expires_at)"
        " SELECT int4send(n), hub_clock() FROM generate_series(1, $1) n",
        most + 1,
    )

    async with database.as_worker():
        await retention.purge_expired()

    assert (await rows(database))["used_proof"] == 1


async def test_old_pairs_are_found_in_walking_through_all_a_batch_a_turn(
    database: Database,
) -> None:
    await database.owner.execute(
        "INSERT INTO sign_in_pair (id, subject_hash, number_hash, updated_at)"
        " SELECT uuidv7(interval '1 second' * n), int4send(n), 'n',"
        "  hub_clock() - interval '1 day' * CASE WHEN n % 500 = 0 THEN 61 ELSE 59 END"
        " FROM generate_series(1, $1) n",
        2 * retention.BATCH + 500,
    )
    left = []

    async with database.as_worker():
        for _ in range(4):
            await retention.purge_expired()
            left.append((await rows(database))["sign_in_pair"])

    assert [2 * retention.BATCH + 500 - there for there in left] == [2, 4, 5, 5]
