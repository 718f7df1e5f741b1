"""What breaks which charts a sign-in opens and finds, how far each rises, and leaving them."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="stated_opens",
        breaks="a number that a hospital only states opens its chart beside a bound one",
        test="tests/auth/sign_in/test_charts.py::test_what_is_bound_opens_again_and_what_is_only_stated_is_found",
        changes=[
            Change(
                "backend/auth/sign_in/opened_by_code.py",
                old="""\
    opened = [chart for chart in charts if chart.bound or chart.chart in yes]
""",
                new="""\
    opened = list(charts)
""",
            ),
        ],
    ),
    Mutant(
        name="people_apart",
        breaks="a session reaches charts with different citizen ids",
        test="tests/auth/sign_in/test_people_apart.py::test_a_fathers_slip_in_the_sons_app_opens_a_second_session_on_that_phone",
        changes=[
            Change(
                "backend/auth/sessions/kept_apart.py",
                old="""\
        return not one.citizen_ids & other.citizen_ids
""",
                new="""\
        return False
""",
            ),
        ],
    ),
    Mutant(
        name="two_of_one_facility",
        breaks="a session reaches two charts of one facility",
        test="tests/auth/sign_in/test_people_apart.py::test_two_charts_of_one_hospital_are_two_people",
        changes=[
            Change(
                "backend/auth/sessions/kept_apart.py",
                old="""\
    if one.facility is not None and one.facility == other.facility:
""",
                new="""\
    if one.facility is None and one.facility == other.facility:
""",
            ),
        ],
    ),
    Mutant(
        name="found_takes_code",
        breaks="a yes to a chart that came later takes no code",
        test="tests/auth/sign_in/test_adding_charts.py::test_a_hospital_that_came_later_is_found_and_its_yes_takes_a_code",
        changes=[
            Change(
                "backend/auth/sign_in/adding_charts.py",
                old="""\
        if not row["yes_takes_code"]:
""",
                new="""\
        if row["contact"]:
""",
            ),
        ],
    ),
    Mutant(
        name="found_number_gone",
        breaks="a yes opens a chart whose hospital states another number by now",
        test="tests/auth/sign_in/test_adding_charts.py::test_a_yes_while_the_hospital_states_another_number_opens_nothing",
        changes=[
            Change(
                "backend/auth/sign_in/my_charts.py",
                old="""\
    " AND (sc.contact = c.id OR sc.proof = 'vneid') AND EXISTS (SELECT FROM patient_lookup l"
""",
                new="""\
    " AND EXISTS (SELECT FROM patient_lookup l"
""",
            ),
        ],
    ),
    Mutant(
        name="found_id_gone",
        breaks="a yes opens a chart that has another citizen id by now",
        test="tests/auth/sign_in/test_adding_charts.py::test_a_found_chart_with_another_id_by_now_is_found_no_more",
        changes=[
            Change(
                "backend/auth/sign_in/my_charts.py",
                old="""\
    "  WHERE l.patient = sc.chart AND l.hash = ANY(sc.found_by))"
""",
                new="""\
    "  WHERE l.patient = sc.chart OR l.hash = ANY(sc.found_by))"
""",
            ),
        ],
    ),
    Mutant(
        name="ended_by_hand",
        breaks="a device whose reach somebody ended still counts as known",
        test="tests/auth/sign_in/test_levels_of_charts.py::test_a_device_is_new_again_after_anything_but_time_ended_its_reach",
        changes=[
            Change(
                "backend/auth/sessions/session_charts.py",
                old="""\
    "(coalesce(s.ended_why, '') NOT IN ('', 'expired', 'idle', 'opened_again')"
""",
                new="""\
    "(s.ended_why = 'never'"
""",
            ),
        ],
    ),
    Mutant(
        name="rises_too_soon",
        breaks="a second code lifts a new phone at once",
        test="tests/auth/sign_in/test_levels_of_charts.py::test_a_second_code_after_72_hours_lifts_a_new_phone_with_the_same_sim",
        changes=[
            Change(
                "backend/auth/sessions/session_charts.py",
                old="""\
RISES_AFTER: Final = timedelta(hours=72)
""",
                new="""\
RISES_AFTER: Final = timedelta(0)
""",
            ),
        ],
    ),
    Mutant(
        name="rises_to_restricted",
        breaks="what rose by waiting opens restricted records",
        test="tests/auth/sign_in/test_levels_of_charts.py::test_what_rose_by_waiting_opens_no_restricted_record_by_a_code",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
    NEW.stepped_up_until := NULL;
""",
                new="""\
    NEW.stepped_up_until := NEW.stepped_up_until;
""",
            ),
        ],
    ),
    Mutant(
        name="not_me_steps_up",
        breaks="a thief without the number says for the owner that a chart is not theirs",
        test="tests/auth/sign_in/test_leaving_charts.py::test_not_me_takes_a_step_up",
        changes=[
            Change(
                "backend/auth/sign_in/leaving_charts.py",
                old="""\
        if not held.stepped_up:
""",
                new="""\
        if not held.level:
""",
            ),
        ],
    ),
    Mutant(
        name="not_me_number_kept",
        breaks="a chart that was left is found again by a number that this session has proved",
        test="tests/auth/sign_in/test_leaving_charts.py::test_a_number_that_a_code_has_proved_here_is_not_that_of_the_chart_that_is_left",
        changes=[
            Change(
                "backend/auth/sign_in/leaving_charts.py",
                old="""\
        " ORDER BY c.id DESC LIMIT 1)) FROM session_chart mine"
""",
                new="""\
        " AND false LIMIT 1)) FROM session_chart mine"
""",
            ),
        ],
    ),
    Mutant(
        name="not_me_number_found",
        breaks="who has only found a number ends what its owner has bound",
        test="tests/auth/sign_in/test_leaving_charts.py::test_a_number_that_only_was_found_here_stays_that_of_the_chart_that_is_left",
        changes=[
            Change(
                "backend/auth/sign_in/leaving_charts.py",
                old="""\
        f"  JOIN contact_point n ON n.id = sc.contact WHERE sc.session = $1 AND {IS_REACHED})"
""",
                new="""\
        "  JOIN contact_point n ON n.id = sc.contact WHERE sc.session = $1)"
""",
            ),
        ],
    ),
    Mutant(
        name="leaving_alone",
        breaks="what is opened by approval while a chart is left stays open",
        test="tests/auth/sign_in/test_races_of_leaving.py::test_what_is_approved_while_its_chart_is_left_is_not_open_afterwards",
        changes=[
            Change(
                "backend/auth/sign_in/leaving_charts.py",
                old="""\
            await take_turn_alone(chart)
""",
                new="""\
""",
            ),
        ],
    ),
    Mutant(
        name="merge_not_theirs",
        breaks="a merge brings a number back that a person has said is not theirs",
        test="tests/auth/sign_in/test_races_of_leaving.py::test_a_merge_while_its_chart_is_left_brings_no_number_back",
        changes=[
            Change(
                "backend/auth/phones/merged_phones.py",
                old="""\
        await _keep_not_theirs(after, number)
""",
                new="""\
        pass
""",
            ),
        ],
    ),
]
