"""What two API processes are told at the same moment is stored as if it had come once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import Response

from backend.sandbox.demo.story_bundles import LAN, TU, Resource, StoryPerson, registration, visit
from tests.conftest import Database
from tests.harness.auth.two_apis import TwoApis, serving
from tests.harness.checksums import checksums
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago, with_new_names
from tests.harness.processes.victims import spawning

TIMES = 3
RECORDS = ("result", "observation", "appointment", "medicine", "notification", "delivery")


@pytest.fixture
async def apis(database: Database, tmp_path: Path) -> AsyncIterator[TwoApis]:
    async with (
        spawning() as spawner,
        serving(database, spawner, tmp_path / "api.log") as two,
    ):
        yield two


@pytest.fixture
async def hospitals(apis: TwoApis, database: Database) -> list[Hospital]:
    """One hospital, whose two engines each speak to a process of their own."""
    made = await a_hospital(database, apis.of(0))
    return [made, Hospital(apis.of(1), made.facility, made.key)]


async def told_at_once(hospitals: list[Hospital], bundle: Resource, name: str) -> list[Response]:
    """Send it by both, under ids and with names that are new each time."""
    return await asyncio.gather(
        *(
            hospitals[n % 2].posts(with_new_names(bundle), Idempotency_Key=f"{name}-{n}")
            for n in range(TIMES)
        )
    )


async def rows_of(database: Database, person: StoryPerson) -> dict[str, int]:
    """Count what there is of a person; they are registered in the order of their names here."""
    patients = await database.owner.fetch("SELECT id FROM patient ORDER BY id")
    assert len(patients) == 2
    whose = patients[0 if person is TU else 1]["id"]
    return {
        table: await database.owner.fetchval(
            f"SELECT count(*) FROM {table} WHERE patient = $1", whose
        )
        for table in RECORDS
    }


async def test_three_times_at_once_is_as_good_as_once(
    hospitals: list[Hospital], database: Database
) -> None:
    at = an_hour_ago()
    await hospitals[0].registers(TU)
    await hospitals[0].posts(visit(TU, at))

    registered = await told_at_once(hospitals, registration(LAN), "registration")
    answers = await told_at_once(hospitals, visit(LAN, at), "visit")

    assert {each.status_code for each in (*registered, *answers)} == {200}
    statuses = [each.json()["entry"][0]["response"]["status"] for each in answers]
    assert sorted(statuses) == ["200 OK", "200 OK", "201 Created"]
    assert await rows_of(database, LAN) == await rows_of(database, TU)


async def test_all_of_it_again_changes_no_row(
    hospitals: list[Hospital], database: Database
) -> None:
    at = an_hour_ago()
    await told_at_once(hospitals, registration(LAN), "registration")
    await told_at_once(hospitals, visit(LAN, at), "visit")
    before = await checksums(database)

    await told_at_once(hospitals, registration(LAN), "registration again")
    answers = await told_at_once(hospitals, visit(LAN, at), "visit again")

    assert {each.status_code for each in answers} == {200}
    assert await checksums(database) == before
