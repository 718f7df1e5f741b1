"""An invitation is to charts: it opens those that its session still reaches when it is used."""

import asyncio
from contextvars import Context

import pytest

from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.granting import accepts, invites, lets_in, opens, pairs
from tests.harness.auth.reaching import Reach, Reaching

HELD_BEFORE_USE = """
CREATE FUNCTION held_before_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(79);
    RETURN NEW;
END $$;
CREATE TRIGGER held BEFORE UPDATE OF tries ON caregiver_invitation
    FOR EACH ROW EXECUTE FUNCTION held_before_use();
"""


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
