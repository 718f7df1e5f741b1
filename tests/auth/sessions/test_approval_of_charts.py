"""An approval gives what the approving session reaches: no more, at most fully, and no grants."""

import asyncio
from contextvars import Context
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.sessions.lost_phone import report_lost
from backend.core.database import new_id, transaction
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.reaching import App, Reach, Reaching

HELD_BEFORE_LIFT = """
CREATE FUNCTION held_before_lift() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(78);
    RETURN NEW;
END $$;
CREATE TRIGGER held BEFORE UPDATE OF approval_tries ON session
    FOR EACH ROW WHEN (NEW.approval_tries > OLD.approval_tries) EXECUTE FUNCTION held_before_lift();
"""
"""The approving session was looked at then, and nothing was given yet."""


@pytest.fixture
def hub(client: AsyncClient, database: Database) -> Reaching:
    return Reaching(client, database)


async def asks(app: App) -> str:
    answer = await app.sends("POST", "sessions/current/approval")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def types(old: App, new: App, number: str) -> Response:
    return await old.sends("POST", f"sessions/{new.session}/approval", {"number": number})


async def approves(old: App, new: App) -> Response:
    return await types(old, new, await asks(new))


async def reach(app: App) -> dict[UUID, tuple[str, str]]:
    rows = await app.database.owner.fetch(
        "SELECT chart, level, proof FROM session_chart WHERE session = $1 AND ended_at IS NULL",
        app.session,
    )
    return {row["chart"]: (row["level"], row["proof"]) for row in rows}


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_the_new_phone_reaches_what_the_old_one_reaches(hub: Reaching, count: int) -> None:
    charts = await hub.charts(count)
    old = await hub.app(*charts)
    new = await hub.app(Reach(charts[0], "otp-limited"))

    answer = await approves(old, new)

    assert answer.status_code == 204, answer.text
    assert await reach(new) == dict.fromkeys(charts, ("otp", "approval"))
    assert (await new.reads(charts[-1])).status_code == 200
    assert await hub.rows_of("sign_in.approved") == [
        (old.session, chart, "done") for chart in charts
    ]


async def test_it_gives_each_chart_at_the_level_of_the_old_phone_at_most_fully(
    hub: Reaching,
) -> None:
    full, weak, paper, vneid = await hub.charts(4)
    old = await hub.app(
        full,
        Reach(weak, "otp-limited"),
        Reach(paper, "desk", "slip", stepped_up=True),
        Reach(vneid, "vneid", "vneid", stepped_up=True),
    )
    new = await hub.app(Reach(full, "otp-limited"))

    assert (await approves(old, new)).status_code == 204

    assert await reach(new) == {
        full: ("otp", "approval"),
        weak: ("otp-limited", "approval"),
        paper: ("otp", "approval"),
        vneid: ("otp", "approval"),
    }
    assert (
        await hub.database.owner.fetchval(
            "SELECT count(stepped_up_until) FROM session_chart WHERE session = $1", new.session
        )
        == 0
    )


async def test_it_takes_nothing_that_the_new_phone_reaches_by_a_better_proof(
    hub: Reaching,
) -> None:
    ours, paper, elsewhere = await hub.charts(3)
    old = await hub.app(ours, paper)
    new = await hub.app(
        Reach(ours, "otp-limited"), Reach(paper, "desk", "slip"), Reach(elsewhere, "vneid", "vneid")
    )

    assert (await approves(old, new)).status_code == 204

    assert await reach(new) == {
        ours: ("otp", "approval"),
        paper: ("desk", "slip"),
        elsewhere: ("vneid", "vneid"),
    }
    assert (await old.reached()) == {ours, paper}


async def test_a_chart_that_was_only_found_is_opened_by_it(hub: Reaching) -> None:
    ours, found = await hub.charts(2)
    old = await hub.app(ours, found)
    new = await hub.app(Reach(ours, "otp-limited"), Reach(found, "found"))

    assert (await approves(old, new)).status_code == 204

    assert await reach(new) == dict.fromkeys((ours, found), ("otp", "approval"))


@pytest.mark.parametrize("why", ["nothing", "found by one", "found by the other", "limited"])
async def test_nobody_approves_whom_no_strongly_reached_chart_joins(
    hub: Reaching, why: str
) -> None:
    ours, hers = await hub.charts(2)
    old, new = {
        "nothing": (await hub.app(ours), await hub.app(Reach(hers, "otp-limited"))),
        "found by one": (await hub.app(ours), await hub.app(hers, Reach(ours, "found"))),
        "found by the other": (await hub.app(hers, Reach(ours, "found")), await hub.app(ours)),
        "limited": (await hub.app(hers, Reach(ours, "otp-limited")), await hub.app(ours)),
    }[why]
    before = await reach(new)

    assert is_problem(await approves(old, new), 409, "not_waiting")
    assert await reach(new) == before


async def test_no_discreet_and_no_dead_chart_is_given(hub: Reaching) -> None:
    ours, dead = await hub.charts(2)
    quiet = await hub.chart(await hub.facility("BV KIN", discreet=True))
    await hub.database.owner.execute(
        "UPDATE patient SET deceased_at = hub_clock() WHERE id = $1", dead
    )
    old = await hub.app(ours, dead, Reach(quiet, "desk", "slip", stepped_up=True))
    new = await hub.app(Reach(ours, "otp-limited"))

    assert (await approves(old, new)).status_code == 204

    assert await reach(new) == {ours: ("otp", "approval")}


async def test_it_gives_no_chart_of_another_person(hub: Reaching, database: Database) -> None:
    """By citizen id, by what one facility keeps apart, and by a birth date that contradicts."""
    facility = await hub.facility()
    shared, one, another, here, twin = (
        await hub.chart(),
        await hub.chart(),
        await hub.chart(),
        await hub.chart(facility),
        await hub.chart(facility),
    )
    younger = await hub.chart(birth_date="1999-01-02")
    for chart, number in ((one, b"one"), (another, b"another")):
        await database.owner.execute(
            "INSERT INTO patient_lookup (kind, key_id, hash, patient)"
            " VALUES ('citizen-id', 'k', $2, $1)",
            chart, number,
        )  # fmt: skip
    old = await hub.app(shared, another, twin, younger)
    new = await hub.app(Reach(shared, "otp-limited"), one, here)

    assert (await approves(old, new)).status_code == 204

    assert await new.reached() == {shared, one, here}
    assert (await reach(new))[shared] == ("otp", "approval")


async def test_it_gives_no_chart_that_is_held_after_a_lost_phone(hub: Reaching) -> None:
    facility = await hub.facility()
    held, free = await hub.chart(facility), await hub.chart()
    async with transaction():
        await report_lost(held, facility, new_id(), "card")
    old = await hub.app(held, free)
    new = await hub.app(Reach(held, "otp-limited"), Reach(free, "otp-limited"))
    only = await hub.app(Reach(held, "otp-limited"))

    refused = await approves(await hub.app(held), only)
    approved = await approves(old, new)

    assert is_problem(refused, 409, "not_waiting")
    assert approved.status_code == 204
    assert await reach(new) == {held: ("otp-limited", "code"), free: ("otp", "approval")}
    assert await reach(only) == {held: ("otp-limited", "code")}


async def test_everybody_who_reaches_one_of_its_charts_is_told_that_a_phone_waits(
    hub: Reaching,
) -> None:
    charts = await hub.charts(3)
    new = await hub.app(*(Reach(chart, "otp-limited") for chart in charts))

    await asks(new)
    await asks(new)

    assert [await hub.told(chart) for chart in charts] == [["sign_in.device_waiting"]] * 3


async def test_a_strong_session_asks_too_and_gets_what_it_lacks(hub: Reaching) -> None:
    ours, hers = await hub.charts(2)
    old, new = await hub.app(ours, hers), await hub.app(ours)

    assert (await approves(old, new)).status_code == 204

    assert await reach(new) == {ours: ("otp", "code"), hers: ("otp", "approval")}


@pytest.mark.parametrize("gone", ["chart", "session"])
async def test_what_the_old_phone_reaches_no_more_by_then_is_not_given(
    hub: Reaching, database: Database, gone: str
) -> None:
    ours, hers = await hub.charts(2)
    old, new = await hub.app(ours, hers), await hub.app(Reach(ours, "otp-limited"))
    number = await asks(new)

    await database.owner.execute(HELD_BEFORE_LIFT)
    try:
        async with database.owner.transaction():
            await database.owner.execute("SELECT pg_advisory_xact_lock(78)")
            typing = asyncio.create_task(types(old, new, number), context=Context())
            while not await database.owner.fetchval(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
            ):
                continue
            await database.owner.execute(
                "UPDATE session_chart SET ended_at = hub_clock(), ended_why = 'not_me'"
                " WHERE session = $1 AND (chart = $2 OR $3)",
                old.session, hers, gone == "session",
            )  # fmt: skip
            await database.owner.execute(
                "UPDATE session SET ended_at = CASE WHEN $2 THEN hub_clock() END WHERE id = $1",
                old.session, gone == "session",
            )  # fmt: skip
        answer = await typing
    finally:
        await database.owner.execute("DROP FUNCTION held_before_lift CASCADE")

    expected = {"chart": (204, ("otp", "approval")), "session": (401, ("otp-limited", "code"))}
    assert (answer.status_code, (await reach(new))[ours]) == expected[gone]
    assert hers not in await reach(new)


async def test_two_phones_that_approve_each_other_at_once_do_not_hang(hub: Reaching) -> None:
    one, two, both = await hub.charts(3)
    first, second = await hub.app(one, both), await hub.app(two, both)
    numbers = await asks(first), await asks(second)

    answers = await asyncio.gather(
        types(first, second, numbers[1]), types(second, first, numbers[0])
    )

    assert {each.status_code for each in answers} == {204}
    assert await first.reached() == await second.reached() == {one, two, both}
