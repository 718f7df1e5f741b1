"""A message whose commit had no answer is taken in again inside: kept once, answered once."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from backend.sandbox.demo.story_bundles import LAN, Resource, visit
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, without_message_id

WAITING = """
SELECT pid FROM pg_stat_activity WHERE usename = 'hub_api' AND wait_event = 'SyncRep'
"""


@pytest.fixture
async def hospital(database: Database, client: AsyncClient) -> Hospital:
    made = await a_hospital(database, client)
    await made.registers(LAN)
    return made


@pytest.fixture
async def nobody_follows(database: Database, hospital: Hospital) -> AsyncIterator[None]:
    """Each commit waits for a standby that is not there, once it is kept on this server."""
    await database.owner.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    await database.owner.execute("SELECT pg_reload_conf()")
    yield
    await everybody_follows(database)


async def everybody_follows(database: Database) -> None:
    await database.owner.execute("ALTER SYSTEM RESET synchronous_standby_names")
    await database.owner.execute("SELECT pg_reload_conf()")


async def end_whoever_commits(database: Database) -> None:
    """Wait for a commit that is kept and waits, then end its connection: nobody hears of it."""
    pid: int | None = None
    async with asyncio.timeout(20):
        while pid is None:  # every question is a round trip, none is a nap
            pid = await database.owner.fetchval(WAITING)
    await database.owner.execute("SELECT pg_terminate_backend($1, 5000)", pid)
    await everybody_follows(database)


@pytest.mark.parametrize("named", [True, False], ids=["with an id", "without an id"])
async def test_a_bundle_whose_commit_had_no_answer_is_kept_once_and_answered(
    database: Database, hospital: Hospital, nobody_follows: None, *, named: bool
) -> None:
    bundle: Resource = visit(LAN, an_hour_ago())
    sending = asyncio.create_task(hospital.posts(bundle if named else without_message_id(bundle)))

    await end_whoever_commits(database)
    answer = await sending

    assert answer.status_code == 200
    assert answer.json()["type"] == "transaction-response"
    visits = await database.owner.fetch("SELECT id FROM received_event WHERE outcome = 'applied'")
    assert len(visits) == 2  # the registration, and this one
    assert answer.headers["hub-message-id"] in {str(row["id"]) for row in visits}
    assert await database.owner.fetchval("SELECT count(*) FROM result") == 1
    told = "SELECT count(*) FROM notification GROUP BY subject HAVING count(*) > 1"
    assert await database.owner.fetch(told) == []
