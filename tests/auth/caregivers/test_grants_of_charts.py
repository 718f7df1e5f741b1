"""A grant is between two charts: it opens by the caregiver's own proof of the one that it names."""

import asyncio
from contextvars import Context
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response

from backend.auth.access.access_tokens import verify
from backend.auth.caregivers.grants import Actor, end_grants_of
from backend.core.database import transaction
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.reaching import App, Reach, Reaching, ids

HELD_BEFORE_USE = """
CREATE FUNCTION held_before_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(79);
    RETURN NEW;
END $$;
CREATE TRIGGER held BEFORE UPDATE OF tries ON caregiver_invitation
    FOR EACH ROW EXECUTE FUNCTION held_before_use();
"""


@pytest.fixture
def hub(client: AsyncClient, database: Database) -> Reaching:
    return Reaching(client, database)


async def invites(app: App, **more: Any) -> dict[str, Any]:
    answer = await app.sends("POST", "caregivers/invitations", {"scope": "full"} | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def accepts(app: App, made: dict[str, Any]) -> Response:
    return await app.sends("POST", "cared-for", {"invitationCode": made["invitationCode"]})


async def lets_in(patient: App, caregiver: App, **more: Any) -> dict[str, Any]:
    answer = await accepts(caregiver, await invites(patient, **more))
    assert answer.status_code == 201, answer.text
    opened: dict[str, Any] = answer.json()
    return opened


async def pairs(hub: Reaching) -> set[tuple[UUID, UUID]]:
    rows = await hub.database.owner.fetch(
        "SELECT patient, caregiver FROM caregiver_grant WHERE ended_at IS NULL"
    )
    return {(row["patient"], row["caregiver"]) for row in rows}


async def opens(app: App, *charts: UUID) -> list[bool]:
    return [(await app.reads(chart)).status_code == 200 for chart in charts]


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


async def test_the_charts_that_are_named_are_the_ones_that_open(hub: Reaching) -> None:
    one, two, three = await hub.charts(3)
    father, daughter = await hub.app(one, two, three), await hub.app(await hub.chart())

    made = await invites(father, charts=[str(two), str(one), str(two)])
    await accepts(daughter, made)

    assert set(made["charts"]) == {str(one), str(two)}
    assert await opens(daughter, one, two, three) == [True, True, False]


async def test_no_chart_is_named_that_the_session_does_not_reach_strongly(hub: Reaching) -> None:
    strong, weak, found, anothers = await hub.charts(4)
    father = await hub.app(strong, Reach(weak, "otp-limited"), Reach(found, "found"))

    answers = [
        await father.sends(
            "POST", "caregivers/invitations", {"scope": "full", "charts": [str(strong), str(chart)]}
        )
        for chart in (weak, found, anothers)
    ]

    assert [each.json()["code"] for each in answers] == [
        "stronger_sign_in_needed",
        "not_found",
        "not_found",
    ]
    assert (await invites(father))["charts"] == [str(strong)]


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


async def test_a_child_among_the_charts_is_left_out_and_refused_by_name(hub: Reaching) -> None:
    grown, child, unknown = (
        await hub.chart(),
        await hub.chart(birth_date="2020-01-01"),
        await hub.chart(),
    )
    await hub.database.owner.execute("UPDATE patient SET birth_date = NULL WHERE id = $1", unknown)
    app = await hub.app(child, unknown, grown)
    named = [
        await app.sends(
            "POST", "caregivers/invitations", {"scope": "summary", "charts": [str(chart)]}
        )
        for chart in (child, unknown)
    ]

    made = await invites(app)

    assert [each.json()["code"] for each in named] == ["cannot_grant"] * 2
    assert made["charts"] == [str(grown)]


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


async def test_a_discreet_hospitals_chart_is_in_no_grant_of_an_app(hub: Reaching) -> None:
    quiet = await hub.chart(await hub.facility("BV KIN", discreet=True))
    his, hers = await hub.charts(2)
    slip = Reach(quiet, "desk", "slip", stepped_up=True)
    father, carer = await hub.app(his, slip), await hub.app(hers, slip)
    named = await father.sends(
        "POST", "caregivers/invitations", {"scope": "full", "charts": [str(quiet)]}
    )

    made = await invites(father)
    other = await hub.app(await hub.chart())
    assert (await accepts(other, made)).status_code == 201
    patient = await hub.app(await hub.chart())
    await lets_in(patient, carer)

    assert named.json()["code"] == "cannot_grant"
    assert made["charts"] == [str(his)]
    assert {chart for pair in await pairs(hub) for chart in pair} == {
        his,
        other.chart,
        patient.chart,
        hers,
    }


@pytest.mark.parametrize("end", ["chart", "session", "limited", "dead"])
async def test_an_invitation_opens_what_the_session_that_made_it_still_reaches(
    hub: Reaching, database: Database, end: str
) -> None:
    """A thief's invitation is worth nothing once the owner has ended the thief's session."""
    his, his_other = await hub.charts(2)
    phone, daughter = await hub.app(his, his_other), await hub.app(await hub.chart())
    made = await invites(phone)
    owner = await hub.app(his, his_other)
    if end == "chart":
        await (await hub.app(his)).sends("DELETE", f"sessions/{phone.session}")
    elif end == "session":
        await owner.sends("DELETE", f"sessions/{phone.session}")
    elif end == "limited":
        await database.owner.execute(
            "UPDATE session_chart SET level = 'otp-limited' WHERE session = $1 AND chart = $2",
            phone.session, his,
        )  # fmt: skip
    else:
        await database.owner.execute(
            "UPDATE patient SET deceased_at = hub_clock() WHERE id = $1", his
        )

    listed = [set(each["charts"]) for each in await owner.lists("caregivers/invitations")]
    answer = await accepts(daughter, made)

    if end == "session":
        assert listed == []
        assert is_problem(answer, 422, "wrong_invitation")
    else:
        assert listed == [{str(his_other)}]
        assert answer.json()["patients"] == [str(his_other)]


async def test_taking_back_takes_the_own_charts_out_and_leaves_the_others(hub: Reaching) -> None:
    his, his_other, hers = await hub.charts(3)
    phone, part = await hub.app(his, his_other), await hub.app(his)
    made = await invites(phone)

    seen = await part.lists("caregivers/invitations")
    taken = await part.sends("DELETE", f"caregivers/invitations/{made['id']}")
    again = await part.sends("DELETE", f"caregivers/invitations/{made['id']}")

    assert [each["charts"] for each in seen] == [[str(his)]]
    assert (taken.status_code, again.status_code) == (204, 404)
    assert (await accepts(await hub.app(hers), made)).json()["patients"] == [str(his_other)]


async def test_an_invitation_from_which_every_chart_was_taken_is_over(hub: Reaching) -> None:
    his, his_other = await hub.charts(2)
    phone = await hub.app(his, his_other)
    made = await invites(phone)

    for chart in (his, his_other):
        await (await hub.app(chart)).sends("DELETE", f"caregivers/invitations/{made['id']}")

    assert await phone.lists("caregivers/invitations") == []
    answer = await accepts(await hub.app(await hub.chart()), made)
    assert is_problem(answer, 422, "wrong_invitation")


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


@pytest.mark.parametrize("side", ["patient", "caregiver"])
async def test_a_reach_that_ends_while_the_code_is_typed_opens_nothing(
    hub: Reaching, database: Database, side: str
) -> None:
    his, hers, his_other, hers_other = await hub.charts(4)
    father, daughter = await hub.app(his, his_other), await hub.app(hers, hers_other)
    made = await invites(father)
    session, chart = {"patient": (father.session, his), "caregiver": (daughter.session, hers)}[side]

    await database.owner.execute(HELD_BEFORE_USE)
    try:
        async with database.owner.transaction():
            await database.owner.execute("SELECT pg_advisory_xact_lock(79)")
            typing = asyncio.create_task(accepts(daughter, made), context=Context())
            while not await database.owner.fetchval(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
            ):
                continue
            await database.owner.execute(
                "UPDATE session_chart SET ended_at = hub_clock() WHERE session = $1 AND chart = $2",
                session, chart,
            )  # fmt: skip
        answer = await typing
    finally:
        await database.owner.execute("DROP FUNCTION held_before_use CASCADE")

    assert answer.status_code == 201
    assert chart not in {each for pair in await pairs(hub) for each in pair}
    assert (his_other, hers_other) in await pairs(hub)


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
