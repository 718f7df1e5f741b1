"""What ends a grant between two charts: either side, a death, another owner; each for its chart."""

import asyncio
from contextvars import Context

import pytest

from backend.auth.access.access_tokens import verify
from backend.auth.caregivers.grants import Actor, end_grants_of
from backend.core.database import transaction
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.granting import lets_in, opens, pairs
from tests.harness.auth.reaching import Reach, Reaching, ids


async def test_the_patient_ends_it_for_a_chart_by_whichever_chart_it_was_read(
    hub: Reaching,
) -> None:
    his, his_other, hers, hers_other = await hub.charts(4)
    father, daughter = await hub.app(his, his_other), await hub.app(hers, hers_other)
    await lets_in(father, daughter)
    (line,) = [each for each in await father.lists("caregivers") if each["chart"] == str(his)]

    assert (await father.sends("DELETE", f"caregivers/{line['id']}")).status_code == 204

    assert await pairs(hub) == {(his_other, hers), (his_other, hers_other)}
    assert await opens(daughter, his, his_other) == [False, True]
    assert [await hub.told(chart) for chart in (hers, hers_other)] == [["caregiver.ended"]] * 2
    again = await father.sends("DELETE", f"caregivers/{line['id']}")
    assert is_problem(again, 404, "not_found")


async def test_a_session_ends_grants_on_the_charts_that_it_reaches_and_on_no_other(
    hub: Reaching,
) -> None:
    his, his_other, hers, hers_other = await hub.charts(4)
    father, daughter = await hub.app(his, his_other), await hub.app(hers, hers_other)
    await lets_in(father, daughter)
    lines = {each["chart"]: each["id"] for each in await father.lists("caregivers")}
    part, weak = await hub.app(his), await hub.app(his, Reach(his_other, "otp-limited"))
    taker = await hub.app(hers)

    for app in (part, weak):
        other = await app.sends("DELETE", f"caregivers/{lines[str(his_other)]}")
        assert is_problem(other, 404, "not_found")
        assert ids(await app.lists("caregivers"), "chart") == [his]
    given_up = [
        await taker.sends("DELETE", f"cared-for/{each['id']}")
        for each in await taker.lists("cared-for")
    ]

    assert [each.status_code for each in given_up] == [204, 204]
    assert await pairs(hub) == {(his, hers_other), (his_other, hers_other)}
    assert await taker.lists("cared-for") == []
    assert [await hub.told(chart) for chart in (his, his_other)] == [
        ["caregiver.added", "caregiver.ended"]
    ] * 2


async def test_either_death_ends_what_it_opens_for_that_chart_alone(
    hub: Reaching, database: Database
) -> None:
    his, his_other, hers, hers_other = await hub.charts(4)
    daughter = await hub.app(hers, hers_other)
    await lets_in(await hub.app(his, his_other), daughter)
    only = await hub.app(hers_other)

    await database.owner.execute("UPDATE patient SET deceased_at = hub_clock() WHERE id = $1", his)
    after_his = await opens(daughter, his, his_other)
    await database.owner.execute(
        "UPDATE patient SET deceased_at = hub_clock() WHERE id = $1", hers_other
    )

    assert after_his == [False, True]
    assert (await opens(daughter, his_other), await opens(only, his_other)) == ([True], [False])


async def test_a_chart_that_is_somebody_elses_now_loses_its_grants_on_both_sides(
    hub: Reaching,
) -> None:
    his, hers, mothers = await hub.charts(3)
    daughter = await hub.app(hers)
    await lets_in(await hub.app(his), daughter)
    await lets_in(daughter, await hub.app(mothers))

    async with transaction():
        ended = await end_grants_of(hers, Actor("facility", await hub.facility()))

    assert ended == 2
    assert await pairs(hub) == set()
    rows = await hub.database.owner.fetch("SELECT DISTINCT ended_by FROM caregiver_grant")
    assert [row["ended_by"] for row in rows] == ["identity"]


@pytest.mark.parametrize("side", ["patient", "caregiver"])
async def test_a_reach_that_is_just_ending_ends_no_grant(
    hub: Reaching, database: Database, side: str
) -> None:
    """Who is just thrown out of a chart decides nothing about it any more."""
    his, hers = await hub.charts(2)
    father, daughter = await hub.app(his), await hub.app(hers)
    grant = (await lets_in(father, daughter))["id"]
    app, path = {
        "patient": (father, f"caregivers/{grant}"),
        "caregiver": (daughter, f"cared-for/{grant}"),
    }[side]

    async with database.owner.transaction():
        await database.owner.execute(
            "UPDATE session_chart SET ended_at = hub_clock(), ended_why = 'not_me'"
            " WHERE session = $1",
            app.session,
        )
        ending = asyncio.create_task(app.sends("DELETE", path), context=Context())
        while not ending.done() and not await database.owner.fetchval(
            "SELECT count(*) FROM pg_locks WHERE NOT granted"
        ):
            continue
    answer = await ending

    assert is_problem(answer, 404, "not_found")
    assert await pairs(hub) == {(his, hers)}


async def test_an_end_that_is_asked_for_at_once_by_both_sides_happens_once(hub: Reaching) -> None:
    his, hers = await hub.charts(2)
    father, daughter = await hub.app(his), await hub.app(hers)
    grant = (await lets_in(father, daughter))["id"]

    answers = await asyncio.gather(
        father.sends("DELETE", f"caregivers/{grant}"),
        daughter.sends("DELETE", f"cared-for/{grant}"),
    )

    assert sorted(each.status_code for each in answers) == [204, 404]
    assert len([row for row in await hub.rows_of("caregiver.ended") if row[2] == "done"]) == 2
    assert verify(father.bearer["Authorization"].removeprefix("Bearer ")).session == father.session
