"""Months are made and dropped while two APIs and a worker write: no request fails."""

import asyncio
from itertools import count
from pathlib import Path
from typing import Final

import asyncpg
import httpx
import pytest

from backend.auth.facilities.facility_keys import new_key
from backend.core.months.duty import MonthsDuty
from backend.core.months.tables import MONTHLY
from backend.sandbox.demo.story_bundles import StoryPerson, registration
from backend.schema.repeatable.storage import TURN_LOCK
from tests.conftest import Database
from tests.harness.makers import a_facility
from tests.harness.months import OLD, a_past, part_of, parts
from tests.harness.running_hub import RunningHub, bearer, running_hub

AHEAD: Final = (-1, -2, -3)
CLIENTS: Final = 4
AFTERWARDS: Final = 20
"""Requests that must have been answered behind a turn before the next one begins."""


def somebody(n: int) -> StoryPerson:
    return StoryPerson(
        "Trần Thị Lan", f"BN{n:05}", f"079185{n:06}", "1985-03-12", "female", f"0901{n:06}"
    )


class Load:
    """Clients that register people and call each to a counter, at both APIs."""

    def __init__(self, hub: RunningHub, key: str) -> None:
        self.hub = hub
        self.key = key
        self.numbers = count()
        self.stop = asyncio.Event()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as together:
            for n in range(CLIENTS):
                together.create_task(self._go_on(n % 2))

    async def _go_on(self, api: int) -> None:
        headers = {**bearer(self.key), "Content-Type": "application/fhir+json"}
        while not self.stop.is_set():
            n = next(self.numbers)
            person = somebody(n)
            await self.hub.ask(api, "POST", "/fhir/R4", json=registration(person), headers=headers)
            called = {"eventId": f"q-{n}", "type": "queue.called", "ticket": f"A{n}",
                      "counter": "3", "patient": {"citizenId": person.citizen_id}}  # fmt: skip
            await self.hub.ask(
                1 - api, "POST", "/hospital/events", json=called, headers=bearer(self.key)
            )

    async def more(self) -> None:
        """Come back when some requests were answered."""
        enough = self.hub.ended.total() + AFTERWARDS
        while self.hub.ended.total() < enough:  # noqa: ASYNC110  # other processes answer them
            await asyncio.sleep(0.01)


@pytest.mark.timeout(180)  # three processes start, on whatever else runs here
async def test_months_are_made_and_dropped_under_load_and_no_request_fails(
    owner: asyncpg.Connection, another: asyncpg.Connection, database: Database, tmp_path: Path
) -> None:
    old = {part_of(table, OLD) for table in MONTHLY}
    coming = {part_of(table, ago) for table in MONTHLY for ago in AHEAD}
    await a_past(database)
    await take_away(owner, coming)
    key = await new_key(await a_facility(database), "his")
    await another.execute("SELECT pg_advisory_lock($1)", TURN_LOCK)  # nobody turns yet
    async with running_hub(database, tmp_path) as hub:
        load = Load(hub, key)
        loading = asyncio.create_task(load.run())
        await load.more()
        async with another.transaction():
            await another.execute(f"SELECT FROM {', '.join(MONTHLY)} LIMIT 1")
            await another.execute("SELECT pg_advisory_unlock($1)", TURN_LOCK)
            async with database.as_worker():
                await MonthsDuty()()  # a reader holds all of it
            assert old <= await all_parts(owner)
            assert not coming & await all_parts(owner)
            await load.more()
        while old & await all_parts(owner) or coming - await all_parts(owner):
            async with database.as_worker():
                await MonthsDuty()()
        await load.more()
        load.stop.set()
        await loading
        await _everything_is_there(database, hub)

    print(f"{hub.ended.total()} requests, 0 failed: {dict(hub.ended)}")  # noqa: T201  # the counts


async def all_parts(owner: asyncpg.Connection) -> set[str]:
    return set[str]().union(*[await parts(owner, table) for table in MONTHLY])


async def take_away(owner: asyncpg.Connection, some: set[str]) -> None:
    for part in some:
        table = part.removeprefix("months.")[: -len("_2026_12")]
        await owner.execute(f"ALTER TABLE {table} DETACH PARTITION {part}; DROP TABLE {part}")


async def _everything_is_there(database: Database, hub: RunningHub) -> None:
    """Each accepted message has its row and its sender's id; no row is of no month."""
    accepted = sum(n for (_, status), n in hub.ended.items() if status < httpx.codes.BAD_REQUEST)
    owner = database.owner

    assert hub.failed == {}
    stored = (
        "SELECT count(*) FROM received_event e"
        " WHERE e.id > hub_first_id(date_trunc('month', now(), 'UTC'))"
    )
    assert await owner.fetchval(stored) == accepted
    assert await owner.fetchval(
        stored + " AND EXISTS (SELECT FROM known_sender_id k WHERE k.id = e.id)"
    ) == await owner.fetchval(stored + " AND sender_id IS NOT NULL")
    for table in MONTHLY:
        assert await owner.fetchval(f"SELECT count(*) FROM months.{table}_other") == 0
    assert await owner.fetchval("SELECT count(*) FROM attempt") > 0
