"""A stolen token of staff does not page through everybody: openings and requests of an hour end."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.core.settings import load_settings
from tests.api.conftest import is_problem
from tests.conftest import Database, Travel
from tests.harness.alarms import alarms
from tests.harness.support.makers import Desk, a_desk

Allowed = Callable[..., None]


@pytest.fixture
def allowed() -> Iterator[Allowed]:
    """Let staff do so much in an hour, for one test."""
    names = ("HUB_STAFF_OPENINGS_PER_HOUR", "HUB_STAFF_REQUESTS_PER_HOUR")

    def allow(*, openings: int, requests: int) -> None:
        os.environ.update(zip(names, map(str, (openings, requests)), strict=True))
        load_settings.cache_clear()

    yield allow
    for name in names:
        os.environ.pop(name, None)
    load_settings.cache_clear()


async def searches(desk: Desk, times: int) -> list[int]:
    return [(await desk.finds_lan()).status_code for _ in range(times)]


async def audit_rows(database: Database) -> int:
    return int(await database.owner.fetchval("SELECT count(*) FROM audit_event"))


async def test_searches_end_and_other_work_goes_on(
    client: AsyncClient, database: Database, allowed: Allowed
) -> None:
    allowed(openings=5, requests=100)
    desk = await a_desk(client)

    well = await searches(desk, 5)
    stopped = await desk.finds_lan()
    rows = await audit_rows(database)
    again = await searches(desk, 10)

    assert set(well) == {200}
    assert is_problem(stopped, 429, "too_many_readings")
    assert 0 < int(stopped.headers["retry-after"]) <= 3600
    assert set(again) == {429}
    assert await audit_rows(database) == rows
    assert (await desk.asks("GET", "/tasks")).status_code == 200


async def test_the_one_who_is_stopped_is_named_and_somebody_hears_of_it(
    client: AsyncClient, database: Database, allowed: Allowed
) -> None:
    allowed(openings=5, requests=100)
    desk = await a_desk(client)
    await searches(desk, 8)

    named = await database.owner.fetch(
        "SELECT a.actor = s.id AS named, a.result FROM audit_event a, staff s"
        " WHERE a.action = 'support.readings'"
    )

    assert [tuple(row) for row in named] == [(True, "too_many_readings")]
    assert await alarms(database) == ["staff.reads"]


async def test_all_requests_of_an_hour_end_too_and_a_new_hour_begins(
    client: AsyncClient, allowed: Allowed, time_moves: Travel, database: Database
) -> None:
    allowed(openings=100, requests=5)
    desk = await a_desk(client)

    answers = await searches(desk, 7)
    async with time_moves(timedelta(hours=1)):
        await database.owner.execute("UPDATE staff_session SET used_at = hub_clock()")
        later = await searches(desk, 1)

    assert answers == [200] * 5 + [429] * 2
    assert later == [200]


async def test_signing_in_again_does_not_begin_a_new_hour(
    client: AsyncClient, allowed: Allowed, database: Database
) -> None:
    allowed(openings=5, requests=100)
    desk = await a_desk(client)
    await searches(desk, 5)
    await database.owner.execute(
        "INSERT INTO staff_session (id, staff, token_hash, created_at, used_at)"
        " SELECT uuidv7(), staff, sha256('another'), hub_clock(), hub_clock() FROM staff_session"
    )

    assert (await Desk(client, "another").finds_lan()).status_code == 429


async def test_what_a_role_may_not_do_counts_too(
    client: AsyncClient, allowed: Allowed, database: Database
) -> None:
    allowed(openings=100, requests=5)
    desk = await a_desk(client)
    await database.owner.execute("UPDATE staff SET role = 'operator'")

    assert await searches(desk, 7) == [403] * 5 + [429] * 2
