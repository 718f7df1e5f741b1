"""A step of the worker that fails, or waits, stops no text."""

import asyncpg

from tests.conftest import Database
from tests.crash.crashing_hub import CrashingHub, patiently


async def test_codes_that_cannot_be_planned_stop_no_text(hub: CrashingHub) -> None:
    await hub.owner.execute("REVOKE SELECT ON sign_in_challenge FROM hub_worker")
    try:
        worker = await hub.start_worker()
        await hub.texts_come_due(3)

        await hub.everything_ends_well()
    finally:
        await hub.owner.execute("GRANT SELECT ON sign_in_challenge TO hub_worker")

    assert sorted(await hub.posts()) == sorted(hub.expected.values())
    assert worker in hub.alive("worker")
    assert '"plan_codes"' in hub.log.read_text()


async def test_codes_that_wait_for_a_lock_keep_no_text_waiting(
    hub: CrashingHub, database: Database
) -> None:
    another = await asyncpg.connect(database.servers.database_url("postgres"))
    try:
        async with another.transaction():
            await another.execute("LOCK TABLE sign_in_challenge IN ACCESS EXCLUSIVE MODE")
            await hub.start_worker()

            async def codes_wait() -> bool:
                return bool(
                    await hub.owner.fetchval(
                        "SELECT count(*) FROM pg_locks WHERE NOT granted"
                        " AND relation = 'sign_in_challenge'::regclass"
                    )
                )

            await patiently(codes_wait)
            await hub.texts_come_due(3)
            await hub.everything_ends_well()
    finally:
        await another.close()

    assert sorted(await hub.posts()) == sorted(hub.expected.values())
