"""A grant is between two charts: it opens by the caregiver's own proof of the one that it names."""

import pytest

from tests.api.conftest import is_problem
from tests.harness.auth.granting import accepts, invites, lets_in, opens, pairs
from tests.harness.auth.reaching import Reach, Reaching, ids


@pytest.mark.parametrize(("given", "taken"), [(1, 1), (2, 1), (1, 3), (3, 2)])
async def test_there_is_a_grant_for_each_pair_of_charts_and_one_line_for_each_chart(
    hub: Reaching, given: int, taken: int
) -> None:
    his, hers = await hub.charts(given), await hub.charts(taken)
    father, daughter = await hub.app(*his), await hub.app(*hers)

    opened = await lets_in(father, daughter)

    assert opened["patients"] == [str(chart) for chart in sorted(his)]
    assert await pairs(hub) == {(chart, by) for chart in his for by in hers}
    assert await opens(daughter, *his) == [True] * given
    given_lines = await father.lists("caregivers")
    assert set(ids(given_lines, "chart")) == set(his)
    assert len(given_lines) == given
    taken_lines = await daughter.lists("cared-for")
    assert set(ids(taken_lines, "patient")) == set(his)
    assert [set(each["byCharts"]) for each in taken_lines] == [{str(by) for by in hers}] * given
    assert {each["opens"] for each in (*given_lines, *taken_lines)} == {True}
    assert [await hub.told(chart) for chart in his] == [["caregiver.added"]] * given


async def test_a_grant_opens_by_the_caregivers_chart_that_it_names_and_by_no_other(
    hub: Reaching,
) -> None:
    """A clerk opens a chart for the caregiver's citizen id, and signs in to it."""
    his, hers = await hub.charts(2)
    father, daughter = await hub.app(his), await hub.app(hers)
    await lets_in(father, daughter)
    clerks_chart = await hub.chart()

    clerk, both = await hub.app(clerks_chart), await hub.app(clerks_chart, hers)

    assert await opens(clerk, his) == [False]
    assert await clerk.lists("cared-for") == []
    assert await opens(both, his) == [True]


@pytest.mark.parametrize(
    ("level", "proof", "where", "opening"),
    [
        ("otp", "code", "elsewhere", {True}),
        ("vneid", "vneid", "elsewhere", {True}),
        ("otp", "slip", "elsewhere", {False}),
        ("desk", "slip", "elsewhere", {False}),
        ("otp", "slip", "there", {True}),
        ("desk", "slip", "there", {True}),
        ("otp", "approval", "elsewhere", {False}),
        ("otp", "approval", "there", {False}),
        ("otp-limited", "code", "elsewhere", {False}),
        ("otp-limited", "code", "there", {False}),
        ("found", "code", "there", {False}),
    ],
)
async def test_by_which_proof_of_the_caregivers_chart_a_grant_opens(
    hub: Reaching, level: str, proof: str, where: str, opening: set[bool]
) -> None:
    """A slip is the word of the facility that printed it: it opens no other facility's chart."""
    facility = await hub.facility()
    his = await hub.chart(facility)
    hers = await hub.chart(facility if where == "there" else None)
    grant = (await lets_in(await hub.app(his), await hub.app(hers)))["id"]

    phone = await hub.app(Reach(hers, level, proof))

    answer = await phone.reads(his)
    lines = await phone.sends("GET", "cared-for")
    given_up = await phone.sends("DELETE", f"cared-for/{grant}")
    assert {answer.status_code == 200} == opening
    assert answer.status_code in {200, 403, 404}
    assert {bool(lines.json().get("items"))} == opening
    assert {given_up.status_code == 204} == opening


async def test_an_approval_hands_on_no_grant(hub: Reaching) -> None:
    his, hers = await hub.charts(2)
    old, new = await hub.app(hers), await hub.app(Reach(hers, "otp-limited"))
    await lets_in(await hub.app(his), old)
    number = (await new.sends("POST", "sessions/current/approval")).json()["number"]

    approved = await old.sends("POST", f"sessions/{new.session}/approval", {"number": number})

    assert approved.status_code == 204
    assert (await opens(new, hers, his), await opens(old, his)) == ([True, False], [True])


async def test_a_chart_reached_later_needs_a_new_grant_on_both_sides(hub: Reaching) -> None:
    his, his_later, hers, hers_later = await hub.charts(4)
    await lets_in(await hub.app(his), await hub.app(hers))

    father, daughter = await hub.app(his, his_later), await hub.app(hers, hers_later)
    before = await opens(daughter, his, his_later), await opens(await hub.app(hers_later), his)
    await lets_in(father, daughter)

    assert before == ([True, False], [False])
    assert await opens(await hub.app(hers_later), his, his_later) == [True, True]


async def test_a_new_grant_replaces_the_old_one_by_whichever_charts_it_was_accepted(
    hub: Reaching,
) -> None:
    his, hers, hers_other = await hub.charts(3)
    father = await hub.app(his)
    await lets_in(father, await hub.app(hers, hers_other), scope="full")

    await lets_in(father, await hub.app(hers), scope="summary")

    assert await pairs(hub) == {(his, hers)}
    assert await opens(await hub.app(hers_other), his) == [False]
    assert [each["scope"] for each in await father.lists("caregivers")] == ["summary"]


async def test_a_caregivers_chart_whose_own_date_is_a_childs_opens_nothing(hub: Reaching) -> None:
    his, hers, padded = await hub.chart(), await hub.chart(), await hub.chart(birth_date="2020")
    father, daughter = await hub.app(his), await hub.app(hers, padded)

    await lets_in(father, daughter)

    assert await pairs(hub) == {(his, hers)}


async def test_nobody_is_their_own_caregiver_by_another_chart(hub: Reaching) -> None:
    one, two = await hub.charts(2)
    phone, tablet = await hub.app(one), await hub.app(one, two)

    answer = await accepts(tablet, await invites(phone))

    assert is_problem(answer, 422, "wrong_invitation")
    assert await pairs(hub) == set()


async def test_every_row_names_the_session_and_a_chart(hub: Reaching) -> None:
    his, his_other, hers = await hub.charts(3)
    father, daughter = await hub.app(his, his_other), await hub.app(hers)

    await lets_in(father, daughter)

    own = [(father.session, chart, "done") for chart in sorted((his, his_other))]
    assert sorted(await hub.rows_of("caregiver.invited")) == sorted(own)
    assert set(await hub.rows_of("caregiver.accepted")) == {
        (daughter.session, chart, "done") for chart in (his, his_other)
    }
    assert set(await hub.rows_of("caregiver.added")) == {
        (daughter.session, chart, "done") for chart in (his, his_other, hers)
    }
