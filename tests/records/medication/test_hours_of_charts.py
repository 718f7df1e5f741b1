"""A person's own hours of the day, for one chart or for all that are reached strongly enough."""

from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.reaching import App, Reach, Reaching

EARLY = {"morning": "05:00:00", "noon": "11:00:00", "afternoon": "16:00:00", "evening": "19:00:00"}
PATH = "dose-hours"


@pytest.fixture
def hub(client: AsyncClient, database: Database) -> Reaching:
    return Reaching(client, database)


async def own(app: App) -> dict[UUID, bool]:
    return {UUID(each["chart"]): each["own"] for each in await app.lists(PATH)}


async def sets(app: App, **more: Any) -> Any:
    return await app.sends("PUT", PATH, EARLY | more)


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_without_a_chart_they_are_set_and_forgotten_for_all(
    hub: Reaching, count: int
) -> None:
    charts = await hub.charts(count)
    app = await hub.app(*charts)

    answer = await sets(app)
    chosen = await own(app)
    forgotten = await app.sends("DELETE", PATH)

    assert [each["chart"] for each in answer.json()["items"]] == [str(chart) for chart in charts]
    assert chosen == dict.fromkeys(charts, True)
    assert forgotten.status_code == 204
    assert await own(app) == dict.fromkeys(charts, False)


async def test_the_chart_that_is_named_is_set_and_forgotten_alone(hub: Reaching) -> None:
    one, two = await hub.charts(2)
    app = await hub.app(one, two)

    await sets(app, chart=str(two))
    after = await own(app)
    await sets(app)
    await app.sends("DELETE", f"{PATH}?chart={two}")

    assert after == {one: False, two: True}
    assert await own(app) == {one: True, two: False}


async def test_a_chart_reached_too_weakly_is_left_out_and_its_hospital_named(
    hub: Reaching, database: Database
) -> None:
    strong, weak, found = await hub.charts(3)
    app = await hub.app(strong, Reach(weak, "otp-limited"), Reach(found, "found"))

    answer = await sets(app)

    assert answer.json()["strongerSignInNeeded"] == ["Bệnh viện Mẫu"]
    assert await own(app) == {strong: True}
    rows = await database.owner.fetch("SELECT patient FROM patient_dose_hours")
    assert [row["patient"] for row in rows] == [strong]


async def test_nobody_sets_them_for_a_chart_that_is_not_reached(
    hub: Reaching, database: Database
) -> None:
    strong, weak, found, anothers = await hub.charts(4)
    app = await hub.app(strong, Reach(weak, "otp-limited"), Reach(found, "found"))

    answers = [await sets(app, chart=str(chart)) for chart in (weak, found, anothers)]

    assert is_problem(answers[0], 403, "stronger_sign_in_needed")
    assert is_problem(answers[1], 404, "not_found")
    assert is_problem(answers[2], 404, "not_found")
    assert await database.owner.fetchval("SELECT count(*) FROM patient_dose_hours") == 0


async def test_a_session_that_reaches_nothing_sets_none(hub: Reaching) -> None:
    found = await hub.chart()
    app = await hub.app(Reach(found, "found"))

    assert is_problem(await sets(app), 404, "not_found")
    assert await app.lists(PATH) == []
