"""Mutants of what a person does over the charts that a session reaches."""

from typing import Final

from mutants.mutant import Change, Mutant

MUTANTS: Final = [
    Mutant(
        name="acts_shared_end",
        breaks="whoever shares one chart with a session throws it out of all others",
        test="tests/auth/sessions/test_shared_charts.py::test_ending_a_session_ends_what_is_shared_and_leaves_the_rest",
        changes=[
            Change(
                "backend/auth/sessions/reach_endings.py",
                old="""\
        f" WHERE sc.session = ANY($1) AND sc.chart = ANY($2) AND {IS_REACHED}"
""",
                new="""\
        f" WHERE sc.session = ANY($1) AND $2::uuid[] IS NOT NULL AND {IS_REACHED}"
""",
            ),
        ],
    ),
    Mutant(
        name="acts_shared_list",
        breaks="a list of sessions names charts that the reader does not reach",
        test="tests/auth/sessions/test_shared_charts.py::test_a_session_lists_those_with_a_chart_of_its_own_and_names_only_that",
        changes=[
            Change(
                "backend/auth/sessions/manage_sessions.py",
                old="""\
        " AND (sc.chart = ANY($3) OR (sc.session = $2 AND sc.chart = ANY($4))) ORDER BY sc.id",
""",
                new="""\
        " AND coalesce($2, sc.session) IS NOT NULL AND $3::uuid[] || $4::uuid[] IS NOT NULL",
""",
            ),
        ],
    ),
    Mutant(
        name="acts_weak_ends",
        breaks="a limited reach of a chart is enough to end another's session",
        test="tests/auth/sessions/test_shared_charts.py::test_a_limited_reach_of_a_chart_shows_and_ends_nobody_elses",
        changes=[
            Change(
                "backend/auth/sessions/manage_sessions.py",
                old="""\
    return [one.chart for one in own if may_approve(one.level)]
""",
                new="""\
    return [one.chart for one in own]
""",
            ),
        ],
    ),
    Mutant(
        name="approval_level",
        breaks="an approval gives more than a full sign-in",
        test="tests/auth/sessions/test_approval_of_charts.py::test_it_gives_each_chart_at_the_level_of_the_old_phone_at_most_fully",
        changes=[
            Change(
                "backend/auth/rules.py",
                old="""\
    return Level.OTP if STRENGTH[level] > Strength.FULL else level
""",
                new="""\
    return level
""",
            ),
        ],
    ),
    Mutant(
        name="approval_person",
        breaks="an approval brings the charts of two people into one session",
        test="tests/auth/sessions/test_approval_of_charts.py::test_it_gives_no_chart_of_another_person",
        changes=[
            Change(
                "backend/auth/sessions/device_approval.py",
                old="""\
        and await can_join(session, one.chart)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="approval_held",
        breaks="a thief's phone approves another one after it was reported lost",
        test="tests/auth/sessions/test_approval_of_charts.py::test_it_gives_no_chart_that_is_held_after_a_lost_phone",
        changes=[
            Change(
                "backend/auth/sessions/device_approval.py",
                old="""\
        and one.chart not in held
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="approval_lock",
        breaks="an approval gives what the old phone does not reach any more",
        test="tests/auth/sessions/test_approval_of_charts.py::test_what_the_old_phone_reaches_no_more_by_then_is_not_given",
        changes=[
            Change(
                "backend/auth/sessions/device_approval.py",
                old="""\
            act.about = await _lift(caller, session)
""",
                new="""\
            act.about = await _lift(caller, session, own)
""",
            ),
            Change(
                "backend/auth/sessions/device_approval.py",
                old="""\
        strong = [one.chart for one in await reached_by(caller) if may_approve(one.level)]
""",
                new="""\
        own = await reached_by(caller)
        strong = [one.chart for one in own if may_approve(one.level)]
""",
            ),
            Change(
                "backend/auth/sessions/device_approval.py",
                old="""\
async def _lift(caller: Caller, session: UUID) -> list[UUID]:
""",
                new="""\
async def _lift(caller: Caller, session: UUID, own: list[Reached]) -> list[UUID]:
""",
            ),
            Change(
                "backend/auth/sessions/device_approval.py",
                old="""\
    own = await reached_by(caller)
    strong = [one.chart for one in own if may_approve(one.level)]
    if not strong:
        raise StrongerSignInNeeded
    row = await fetch_one(
""",
                new="""\
    strong = [one.chart for one in own if may_approve(one.level)]
    row = await fetch_one(
""",
            ),
        ],
    ),
    Mutant(
        name="grant_proof",
        breaks="a slip of one hospital opens, by a grant, what another one filed",
        test="tests/auth/caregivers/test_grants_of_charts.py::test_by_which_proof_of_the_caregivers_chart_a_grant_opens",
        changes=[
            Change(
                "backend/auth/access/reach.py",
                old="""\
    "(c.proof IN ('code', 'vneid') OR (c.proof = 'slip' AND a.facility = p.facility))"
""",
                new="""\
    "(c.proof IN ('code', 'vneid', 'slip'))"
""",
            ),
        ],
    ),
    Mutant(
        name="grant_replaced",
        breaks="a narrower grant leaves the wider one open by another chart of the caregiver's",
        test="tests/auth/caregivers/test_grants_of_charts.py::test_a_new_grant_replaces_the_old_one_by_whichever_charts_it_was_accepted",
        changes=[
            Change(
                "backend/auth/caregivers/grants.py",
                old="""\
        " WHERE patient = $1 AND ended_at IS NULL AND act IN (SELECT act FROM caregiver_grant"
""",
                new="""\
        " WHERE patient = $1 AND ended_at IS NULL AND id IN (SELECT id FROM caregiver_grant"
""",
            ),
        ],
    ),
    Mutant(
        name="grant_reach_lock",
        breaks="who is just thrown out of a chart still ends its grants",
        test="tests/auth/caregivers/test_ends_of_grants.py::test_a_reach_that_is_just_ending_ends_no_grant",
        changes=[
            Change(
                "backend/auth/sessions/chart_actions.py",
                old="""\
        " ORDER BY c.id FOR SHARE OF s, c",
""",
                new="""\
        " ORDER BY c.id",
""",
            ),
        ],
    ),
    Mutant(
        name="invitation_reach",
        breaks="an invitation of a thief opens what the thief was thrown out of",
        test="tests/auth/caregivers/test_invitations_of_charts.py::test_an_invitation_opens_what_the_session_that_made_it_still_reaches",
        changes=[
            Change(
                "backend/auth/caregivers/invitations.py",
                old="""\
    " JOIN session s ON s.id = i.session AND s.ended_at IS NULL AND s.expires_at > hub_clock()"
    " JOIN session_chart c ON c.session = s.id AND c.chart = v.chart AND c.ended_at IS NULL"
""",
                new="""\
    " JOIN session s ON s.id = i.session"
    " JOIN session_chart c ON c.session = s.id AND c.chart = v.chart"
""",
            ),
        ],
    ),
    Mutant(
        name="report_trail",
        breaks="the trail of a hospital tells of a message of another one that somebody read",
        test="tests/notifications/inbox/test_inbox_of_charts.py::test_only_the_trail_of_the_chart_that_it_is_about_tells_of_a_report",
        changes=[
            Change(
                "backend/notifications/inbox/inbox.py",
                old="""\
        " WHERE n.id = $1 AND c.session = $2 AND c.ended_at IS NULL",
""",
                new="""\
        " WHERE n.id = $1 AND c.session = $2 AND false",
""",
            ),
        ],
    ),
    Mutant(
        name="token_names_a_session",
        breaks="a token whose sub is not its session is good",
        test="tests/auth/access/test_tokens.py::test_what_only_looks_like_a_token_opens_nothing",
        changes=[
            Change(
                "backend/auth/access/access_tokens.py",
                old="""\
    if _id(claims["sub"]) != session:
        raise NotSignedIn
""",
                new="",
            ),
        ],
    ),
]
