"""A session may read as much as any patient could, and no more: a script is stopped."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.access.reading_limit import HOUR, STEPS, forget_readings
from backend.core.clock import now
from backend.core.metrics import REGISTRY
from backend.core.redis import redis
from backend.core.settings import Settings, load_settings
from tests.api.conftest import is_problem
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.auth.steps import LAN, Tokens, lan_is_registered, sign_in

ME = "/v1/patients/me"
FEW = 120

Allowed = Callable[[int], None]


@pytest.fixture
def allowed() -> Iterator[Allowed]:
    """Let a session read so many times in an hour, for one test."""

    def allow(times: int) -> None:
        os.environ["HUB_READINGS_PER_HOUR"] = str(times)
        load_settings.cache_clear()

    yield allow
    os.environ.pop("HUB_READINGS_PER_HOUR", None)
    load_settings.cache_clear()


@pytest.fixture
async def lan(client: AsyncClient, database: Database, time_moves: Travel) -> AsyncIterator[Tokens]:
    """Signed in at half past an hour: no test of an hour's limit meets its end."""
    half_past = (HOUR * 3 // 2 - now().timestamp() % HOUR) % HOUR
    async with time_moves(timedelta(seconds=half_past)):
        await lan_is_registered(database)
        yield await sign_in(client, database, LAN)


async def reads(client: AsyncClient, tokens: Tokens, times: int) -> list[int]:
    return [(await client.get(ME, headers=tokens.bearer)).status_code for _ in range(times)]


async def told() -> int:
    """Wait until Redis was told something, and give the sum."""
    async with asyncio.timeout(10):
        while not (keys := await redis().keys("readings:*")):
            pass
        return int(await redis().get(keys[0]) or 0)


async def test_a_script_is_stopped_and_told_when_it_may_go_on(
    client: AsyncClient, lan: Tokens, allowed: Allowed, time_moves: Travel, database: Database
) -> None:
    allowed(FEW)

    well = await reads(client, lan, FEW)
    stopped = await client.get(ME, headers=lan.bearer)
    rows_before = await database.owner.fetchval("SELECT count(*) FROM audit_event")
    again = await reads(client, lan, 20)

    assert set(well) == {200}
    assert is_problem(stopped, 429, "too_many_readings")
    assert 0 < int(stopped.headers["retry-after"]) <= 3600
    assert set(again) == {429}
    assert await database.owner.fetchval("SELECT count(*) FROM audit_event") == rows_before
    async with time_moves(timedelta(seconds=int(stopped.headers["retry-after"]))):
        assert (await client.get(ME, headers=lan.bearer)).status_code in {200, 401}


async def test_the_one_who_is_stopped_is_written_down_and_somebody_hears_of_it(
    client: AsyncClient, lan: Tokens, allowed: Allowed, database: Database
) -> None:
    allowed(FEW)
    await reads(client, lan, FEW + 3)

    rows = await database.owner.fetch(
        "SELECT a.actor = s.id AS own, a.patient = p.id AS chart FROM audit_event a, patient p,"
        " session s WHERE a.action = 'readings' AND a.result = 'too_many_readings'"
    )

    assert [dict(row) for row in rows] == [{"own": True, "chart": True}]
    assert await alarms(database) == ["session.reads"]
    assert REGISTRY.get_sample_value("hub_alarms_total", {"kind": "session.reads"})


async def test_another_session_of_the_same_patient_goes_on(
    client: AsyncClient, lan: Tokens, allowed: Allowed, database: Database, time_moves: Travel
) -> None:
    async with time_moves(timedelta(minutes=2)):
        other = await sign_in(client, database, LAN)
        allowed(FEW)
        await reads(client, lan, FEW + 1)

        assert await reads(client, other, 1) != [429]


async def test_what_is_read_for_others_counts_too(
    client: AsyncClient, lan: Tokens, allowed: Allowed, database: Database
) -> None:
    allowed(FEW)
    tu = await database.owner.fetchval("SELECT gen_random_uuid()")

    answers = [
        (await client.get(f"/v1/patients/{tu}/results", headers=lan.bearer)).status_code
        for _ in range(FEW + 1)
    ]

    assert answers == [404] * FEW + [429]


async def test_a_second_process_hears_of_it_through_redis_in_steps(
    client: AsyncClient, lan: Tokens, allowed: Allowed
) -> None:
    allowed(FEW)
    await reads(client, lan, FEW - 10)
    assert await told() >= FEW // STEPS

    forget_readings()  # as another process, which has counted nothing of it
    answers = await reads(client, lan, FEW)

    assert answers.count(200) <= 10 + 2 * FEW // STEPS + 2
    assert answers[-1] == 429


async def test_without_redis_a_process_counts_by_itself(
    client: AsyncClient, lan: Tokens, allowed: Allowed
) -> None:
    allowed(FEW)
    await reads(client, lan, FEW // 2)
    await redis().flushall()

    assert await reads(client, lan, FEW // 2 + 1) == [200] * (FEW // 2) + [429]


def test_no_app_that_brings_ten_years_home_meets_the_limit() -> None:
    """20,000 records of ten charts in pages of 100, their 2,000 files, and an hour of scrolling."""
    pages, files, scrolling = 10 * 20_000 // 100, 2_000, 60 * 30
    default: int = Settings.model_fields["readings_per_hour"].default

    assert pages + files + scrolling < default
