"""A session sees and ends others through the charts that both reach, and touches nothing else."""

from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.core.database import new_id
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.reaching import Reach, Reaching, ids


@pytest.fixture
def hub(client: AsyncClient, database: Database) -> Reaching:
    return Reaching(client, database)


async def test_a_session_lists_those_with_a_chart_of_its_own_and_names_only_that(
    hub: Reaching,
) -> None:
    ours, hers, his = await hub.charts(3)
    phone = await hub.app(ours, hers)
    other = await hub.app(ours, his)
    stranger = await hub.app(his)

    found = {UUID(each["id"]): each for each in await phone.lists("sessions")}

    assert found.keys() == {phone.session, other.session}
    assert ids(found[phone.session]["charts"], "chart") == [ours, hers]
    assert ids(found[other.session]["charts"], "chart") == [ours]
    assert str(his) not in str(found)
    assert ids(await stranger.lists("sessions")) == [stranger.session, other.session]


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_a_session_is_one_line_however_many_charts_are_shared(
    hub: Reaching, count: int
) -> None:
    charts = await hub.charts(count)
    phone, other = await hub.app(*charts), await hub.app(*charts)

    pages = [
        (await phone.sends("GET", "sessions?limit=1")).json(),
    ]
    pages.append(
        (await phone.sends("GET", f"sessions?limit=1&cursor={pages[0]['nextCursor']}")).json()
    )

    assert [ids(page["items"]) for page in pages] == [[other.session], [phone.session]]
    assert [len(page["items"][0]["charts"]) for page in pages] == [count, count]
    assert len(await phone.lists("devices")) == 2


async def test_a_limited_reach_of_a_chart_shows_and_ends_nobody_elses(hub: Reaching) -> None:
    strong, weak = await hub.charts(2)
    sim = await hub.app(Reach(weak, "otp-limited"), strong)
    owner, also = await hub.app(weak), await hub.app(strong, weak)

    assert ids(await sim.lists("sessions")) == [also.session, sim.session]
    assert is_problem(await sim.sends("DELETE", f"sessions/{owner.session}"), 404, "not_found")
    assert (await sim.sends("DELETE", f"sessions/{also.session}")).status_code == 204
    assert await also.reached() == {weak}
    assert await owner.lives()


async def test_with_a_limited_sign_in_only_the_own_session_ends(hub: Reaching) -> None:
    one, two = await hub.charts(2)
    owner, sim = await hub.app(one, two), await hub.app(Reach(one, "otp-limited"))

    for path in (f"sessions/{owner.session}", "sessions/others", f"devices/{await owner.device()}"):
        refused = await sim.sends("DELETE", path)
        assert is_problem(refused, 403, "stronger_sign_in_needed")

    assert await owner.reached() == {one, two}
    assert (await sim.sends("DELETE", f"sessions/{sim.session}")).status_code == 204
    assert not await sim.lives()


async def test_ending_a_session_ends_what_is_shared_and_leaves_the_rest(hub: Reaching) -> None:
    """A hospital that states a phone of its own for somebody throws them out of nothing else."""
    stated, elsewhere, also = await hub.charts(3)
    thief, owner = await hub.app(stated), await hub.app(stated, elsewhere, also)
    await owner.pushes_to("owners")

    ended = await thief.sends("DELETE", f"sessions/{owner.session}")

    assert ended.status_code == 204
    assert await owner.reached() == {elsewhere, also}
    assert await owner.lives()
    assert (await owner.reads(stated)).status_code == 404
    assert (await owner.reads(elsewhere)).status_code == 200
    assert [each["getsPush"] for each in await owner.lists("devices")] == [True]
    assert await hub.rows_of("sign_in.ended") == [(thief.session, stated, "done")]


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_a_session_that_reaches_nothing_any_more_is_over(hub: Reaching, count: int) -> None:
    charts = await hub.charts(count)
    lost, phone = await hub.app(*charts), await hub.app(*charts)
    await lost.pushes_to("lost")

    assert (await phone.sends("DELETE", f"sessions/{lost.session}")).status_code == 204

    assert not await lost.lives()
    assert is_problem(await lost.sends("POST", "sessions/current/approval"), 401, "not_signed_in")
    assert await hub.rows_of("sign_in.ended") == [
        (phone.session, chart, "done") for chart in sorted(charts)
    ]
    assert await hub.database.owner.fetchval("SELECT count(push_token) FROM device") == 0
    assert ids(await phone.lists("sessions")) == [phone.session]


async def test_what_was_only_found_keeps_no_session_alive(hub: Reaching) -> None:
    ours, found = await hub.charts(2)
    lost, phone = await hub.app(ours, Reach(found, "found")), await hub.app(ours)

    assert (await phone.sends("DELETE", f"sessions/{lost.session}")).status_code == 204

    assert not await lost.lives()


async def test_what_was_only_found_shows_and_ends_nobody(hub: Reaching) -> None:
    ours, found = await hub.charts(2)
    phone, owner = await hub.app(ours, Reach(found, "found")), await hub.app(found)

    assert ids(await phone.lists("sessions")) == [phone.session]
    assert ids(await owner.lists("sessions")) == [owner.session]
    assert is_problem(await phone.sends("DELETE", f"sessions/{owner.session}"), 404, "not_found")
    assert is_problem(await owner.sends("DELETE", f"sessions/{phone.session}"), 404, "not_found")


async def test_signing_out_everywhere_else_ends_only_what_is_shared(hub: Reaching) -> None:
    ours, hers, his = await hub.charts(3)
    phone, same, more, other = (
        await hub.app(ours, hers),
        await hub.app(ours),
        await hub.app(hers, his),
        await hub.app(his),
    )

    assert (await phone.sends("DELETE", "sessions/others")).status_code == 204

    assert [await each.reached() for each in (phone, same, more, other)] == [
        {ours, hers},
        set(),
        {his},
        {his},
    ]
    assert [await each.lives() for each in (phone, same, more, other)] == [True, False, True, True]


async def test_a_mother_and_a_child_on_one_phone_end_apart(hub: Reaching) -> None:
    """The father reaches the child's chart on his phone, and nothing of the mother's."""
    mothers, childs, fathers = await hub.charts(3)
    mother = await hub.app(mothers)
    child = await hub.app(childs, device=await mother.device())
    father, with_child = await hub.app(fathers), await hub.app(childs)
    await mother.pushes_to("family")

    seen = await with_child.lists("devices")
    ended = await with_child.sends("DELETE", f"devices/{await mother.device()}")

    assert ids(seen) == [await with_child.device(), await mother.device()]
    assert is_problem(
        await father.sends("DELETE", f"devices/{await mother.device()}"), 404, "not_found"
    )
    assert ended.status_code == 204
    assert (await child.lives(), await mother.lives(), await with_child.lives()) == (
        False,
        True,
        True,
    )
    assert [each["getsPush"] for each in await mother.lists("devices")] == [True]


async def test_ending_the_own_phone_leaves_another_person_on_it_signed_in(hub: Reaching) -> None:
    his, hers = await hub.charts(2)
    husband = await hub.app(his)
    wife = await hub.app(hers, device=await husband.device())
    again = await hub.app(his, device=await husband.device())
    await husband.pushes_to("family")

    assert (await husband.sends("DELETE", f"devices/{await husband.device()}")).status_code == 204

    assert [await each.lives() for each in (husband, again, wife)] == [False, False, True]
    assert [each["getsPush"] for each in await wife.lists("devices")] == [True]


async def test_one_person_who_signs_out_leaves_the_other_their_pushes(hub: Reaching) -> None:
    his, hers = await hub.charts(2)
    husband = await hub.app(his)
    wife = await hub.app(hers, device=await husband.device())
    await husband.pushes_to("family")

    out = await husband.client.post("/v1/sign-out", headers=husband.bearer)
    left = [each["getsPush"] for each in await wife.lists("devices")]
    await wife.client.post("/v1/sign-out", headers=wife.bearer)

    assert (out.status_code, left) == (204, [True])
    assert await hub.database.owner.fetchval("SELECT count(push_token) FROM device") == 0
    assert await hub.rows_of("sign_in.ended") == [
        (husband.session, his, "done"),
        (wife.session, hers, "done"),
    ]


async def test_an_app_installed_anew_takes_its_token_from_what_it_reaches_too(
    hub: Reaching,
) -> None:
    his, hers, theirs = await hub.charts(3)
    before, wife = await hub.app(his, theirs), await hub.app(hers)
    for each in (before, wife):
        await each.pushes_to("one-phone")

    fewer = await hub.app(his)
    await fewer.pushes_to("one-phone")
    with_fewer = await hub.database.owner.fetchval("SELECT count(push_token) FROM device")
    anew = await hub.app(his, theirs)
    await anew.pushes_to("one-phone")

    rows = await hub.database.owner.fetch("SELECT id FROM device WHERE push_token IS NOT NULL")
    assert with_fewer == 3
    assert {row["id"] for row in rows} == {await wife.device(), await anew.device()}


async def test_what_nobody_shares_looks_like_what_does_not_exist(hub: Reaching) -> None:
    his, hers = await hub.charts(2)
    husband, wife = await hub.app(his), await hub.app(hers)

    answers = [
        await husband.sends("DELETE", path)
        for path in (
            f"sessions/{wife.session}",
            f"sessions/{new_id()}",
            f"devices/{await wife.device()}",
            f"devices/{new_id()}",
        )
    ]

    assert {(each.status_code, each.content) for each in answers} == {(404, answers[0].content)}
    assert await wife.lives()


async def test_a_discreet_hospital_stays_out_of_the_list_until_a_step_up(hub: Reaching) -> None:
    quiet = await hub.chart(await hub.facility("BV KIN", discreet=True))
    ours = await hub.chart()
    slip = Reach(quiet, "desk", "slip")
    phone, other = await hub.app(ours, slip), await hub.app(slip)
    before = await phone.lists("sessions")

    stepped = await hub.app(ours, Reach(quiet, "desk", "slip", stepped_up=True))

    assert str(quiet) not in str(before)
    assert ids(before) == [phone.session]
    assert set(ids(await stepped.lists("sessions"))) == {
        phone.session,
        other.session,
        stepped.session,
    }


async def test_a_dead_patients_chart_is_neither_seen_through_nor_ended(hub: Reaching) -> None:
    hers, living = await hub.charts(2)
    phone, other = await hub.app(hers, living), await hub.app(hers)
    await hub.database.owner.execute(
        "UPDATE patient SET deceased_at = hub_clock() WHERE id = $1", hers
    )

    assert ids(await phone.lists("sessions")) == [phone.session]
    assert is_problem(await phone.sends("DELETE", f"sessions/{other.session}"), 404, "not_found")
