"""What breaks the reach of a session: which charts are open to it, and by which grant."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="reach_ended",
        breaks="a chart stays open after the session's reach of it has ended",
        test="tests/records/reach/test_reach_locks.py::test_a_policy_looks_at_the_reach_itself",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
) ON c.session = s.id AND c.ended_at IS NULL AND {SHOWN}""",
                new="""\
) ON c.session = s.id AND {SHOWN}""",
            ),
        ],
    ),
    Mutant(
        name="reach_of_the_dead",
        breaks="the chart of somebody who has died is read on",
        test="tests/records/reach/test_reach_locks.py::test_a_policy_looks_at_the_reach_itself",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
    session_chart c JOIN patient p ON p.id = c.chart AND p.deceased_at IS NULL
""",
                new="""\
    session_chart c JOIN patient p ON p.id = c.chart
""",
            ),
        ],
    ),
    Mutant(
        name="reach_discreet",
        breaks="a chart of a discreet facility is shown without a step-up",
        test="tests/records/reach/test_reach_lists.py::test_a_chart_that_is_closed_is_left_out_without_a_word",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
SHOWN: Final = "(f.discreet IS NOT TRUE OR c.stepped_up_until > hub_clock())"
""",
                new="""\
SHOWN: Final = "(f.discreet IS NOT TRUE OR true)"
""",
            ),
        ],
    ),
    Mutant(
        name="reach_found",
        breaks="a chart that was only found is read like one that is reached",
        test="tests/records/reach/test_reach_lists.py::test_what_was_only_found_is_not_reached",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
          FROM session s LEFT JOIN {REACHED} AND c.level = ANY ({REACHES})
""",
                new="""\
          FROM session s LEFT JOIN {REACHED}
""",
            ),
        ],
    ),
    Mutant(
        name="policy_level",
        breaks="the policies show the records of a chart that is reached too weakly",
        test="tests/records/reach/test_reach_locks.py::test_a_policy_asks_each_chart_for_the_level_of_its_kind",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
         WHERE s.id = the_session AND {LIVING} AND c.level = ANY (levels)
""",
                new="""\
         WHERE s.id = the_session AND {LIVING} AND c.level <> 'found'
""",
            ),
        ],
    ),
    Mutant(
        name="policy_named",
        breaks="the policies open every chart of a session that asked for one",
        test="tests/records/reach/test_reach_locks.py::test_without_a_where_there_is_the_reach_and_no_more",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
           AND (the_chart IS NULL OR c.chart = the_chart)
           AND (extent""",
                new="""\
           AND (extent""",
            ),
        ],
    ),
    Mutant(
        name="policy_restricted_of_one",
        breaks="a step-up of one chart opens the restricted records of another",
        test="tests/records/reach/test_reach_lists.py::test_restricted_records_open_chart_by_chart",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
           AND (extent <> 'restricted' OR c.stepped_up_until > hub_clock()));
""",
                new="""\
           AND (extent <> 'restricted' OR s.id = the_session));
""",
            ),
        ],
    ),
    Mutant(
        name="grant_weak",
        breaks="a grant opens in a session that reaches the caregiver's chart by a stolen SIM",
        test="tests/records/reach/test_reach_locks.py::test_a_grant_needs_a_full_sign_in_on_the_caregivers_chart",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
        IF one.fits AND one.strong THEN
""",
                new="""\
        IF one.fits THEN
""",
            ),
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
           AND s.id = the_session AND g.patient = the_chart AND c.level = ANY ({STRONG})
           AND (g.scope""",
                new="""\
           AND s.id = the_session AND g.patient = the_chart AND c.level = ANY ({REACHES})
           AND (g.scope""",
            ),
        ],
    ),
    Mutant(
        name="grant_left",
        breaks="a grant opens on after the session's reach of the caregiver's chart has ended",
        test="tests/records/reach/test_reach_locks.py::test_a_grant_ends_with_either_side",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
      JOIN session_chart c ON c.chart = g.caregiver AND c.ended_at IS NULL
""",
                new="""\
      JOIN session_chart c ON c.chart = g.caregiver
""",
            ),
        ],
    ),
    Mutant(
        name="pages_of_one",
        breaks="a list shows the first chart and hides the others",
        test="tests/records/reach/test_reach_lists.py::test_a_list_is_of_every_chart_that_is_reached_and_of_no_other",
        changes=[
            Change(
                "backend/schema/repeatable/pages.py",
                old="""\
    ELSIF cardinality(gate.reach) = 1 THEN
""",
                new="""\
    ELSIF cardinality(gate.reach) >= 1 THEN
""",
            ),
        ],
    ),
    Mutant(
        name="weak_unsaid",
        breaks="a page looks complete though a chart needs a stronger sign-in",
        test="tests/records/reach/test_reach_lists.py::test_a_weak_chart_is_left_out_and_its_facility_is_named",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
                weak := weak || one.name;
""",
                new="""\
                weak := NULL;
""",
            ),
        ],
    ),
    Mutant(
        name="gate_grant",
        breaks="a grant opens in every session, not only in one that reaches the caregiver's chart",
        test="tests/records/reach/test_reach_locks.py::test_a_second_session_of_the_same_phone_reaches_only_its_own",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
          INTO one FROM {GRANTED}
           AND s.id = the_session AND g.patient = the_chart AND c.level = ANY ({REACHES})
""",
                new="""\
          INTO one FROM {GRANTED}
           AND g.patient = the_chart AND c.level = ANY ({REACHES})
""",
            ),
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
           AND s.id = the_session AND g.patient = the_chart AND c.level = ANY ({STRONG})
           AND (g.scope""",
                new="""\
           AND g.patient = the_chart AND c.level = ANY ({STRONG})
           AND (g.scope""",
            ),
        ],
    ),
    Mutant(
        name="sync_proven",
        breaks="a cursor goes on when a slip or VNeID shows what waited for the desk",
        test="tests/records/reach/test_reach_ends.py::test_a_sync_begins_anew_when_one_chart_is_open_in_another_way",
        changes=[
            Change(
                "backend/records/sync/changes.py",
                old="""\
    now = ChartState(strength, state["proven"], state["stepped_up"], state["epoch"])
""",
                new="""\
    now = ChartState(strength, False, state["stepped_up"], state["epoch"])
""",
            ),
        ],
    ),
    Mutant(
        name="stream_held",
        breaks="a stream stirs at what waits for the desk and is not for its reader",
        test="tests/records/reach/test_reach_ends.py::test_a_stream_says_nothing_of_what_waits_for_the_desk",
        changes=[
            Change(
                "backend/schema/repeatable/changes.py",
                old="""\
            AND (restricted_too OR t.restriction = '') AND (held_too OR t.held = 0)
""",
                new="""\
            AND (restricted_too OR t.restriction = '')
""",
            ),
        ],
    ),
]
