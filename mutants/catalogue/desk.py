"""What breaks the walls around a desk: whose charts it meets, what it sees, and a lost phone."""

from mutants.mutant import Change, Mutant

LOST = "tests/support/phones/test_lost_phones.py"
DESK = "tests/support/phones/test_phone_desk.py"
FOREIGN = "tests/matrix/test_foreign_facility.py"

MUTANTS = [
    Mutant(
        name="desk_meets_all",
        breaks="a clinic's desk prints a slip for a chart of another facility",
        test=f"{FOREIGN}::test_no_route_of_bs_desk_changes_or_shows_anything_of_as_chart",
        changes=[
            Change(
                "backend/support/patients/cases.py",
                old='IN_SCOPE = "(p.facility = $2)"\n',
                new='IN_SCOPE = "(p.facility = $2 OR true)"\n',
            ),
        ],
    ),
    Mutant(
        name="lost_phone_unlocked",
        breaks="a session that is opened while a phone is reported as lost lives on",
        test=f"{LOST}::test_what_opens_a_chart_meanwhile_waits_and_then_sees_the_hold",
        changes=[
            Change(
                "backend/auth/sessions/lost_phone.py",
                old='    await execute("SELECT pg_advisory_xact_lock($1)", _LOCK)\n',
                new="",
            ),
        ],
    ),
    Mutant(
        name="lost_phone_ends_found",
        breaks="a clinic ends the session of a stranger whose chart was only found",
        test=f"{LOST}::test_a_session_that_has_only_found_the_chart_goes_on",
        changes=[
            Change(
                "backend/auth/sessions/lost_phone.py",
                old="""REACHES: Final = "c.ended_at IS NULL AND c.level <> 'found'"\n""",
                new="""REACHES: Final = "c.ended_at IS NULL"\n""",
            ),
        ],
    ),
    Mutant(
        name="lost_phone_steps_up",
        breaks="a code that comes to a lost phone steps a chart up",
        test="tests/auth/self_service/test_numbers_of_charts.py::test_on_the_day_after_a_lost_phone_no_code_steps_its_charts_up",
        changes=[
            Change(
                "backend/auth/self_service/step_up.py",
                old="""\
            charts = await bound_with([one.chart for one in held if one.chart not in lost], contact)
""",
                new="""\
            charts = await bound_with([one.chart for one in held if lost is not None], contact)
""",
            ),
        ],
    ),
    Mutant(
        name="lost_phone_keeps_devices",
        breaks="a stolen phone whose session time has ended is known, and a code opens more on it",
        test=f"{LOST}::test_the_devices_count_as_new_also_those_whose_session_time_has_ended",
        changes=[
            Change(
                "backend/auth/sessions/lost_phone.py",
                old='        " AND (c.chart = $5 OR s.device = ANY($1))",\n',
                new='        " AND s.device = ANY($1) AND c.chart <> ALL(ARRAY[$5::uuid])",\n',
            ),
        ],
    ),
    Mutant(
        name="desk_alone_binds",
        breaks="one clerk alone binds a number to a chart",
        test=f"{DESK}::test_a_paper_and_a_colleague_bind_it_and_one_alone_never_does",
        changes=[
            Change(
                "backend/support/phones/phones.py",
                old="        if first is not None and first != staff.staff:\n",
                new="        if first is not None:\n",
            ),
        ],
    ),
    Mutant(
        name="own_slip_confirmed",
        breaks="one clerk alone opens a chart at the level of two",
        test="tests/support/slips/test_slip_confirmations.py::test_nobody_confirms_their_own_slip",
        changes=[
            Change(
                "backend/auth/sessions/slip_rise.py",
                old="    if made_by == staff:\n",
                new="    if made_by is None:\n",
            ),
        ],
    ),
    Mutant(
        name="wrong_number_stops_warnings",
        breaks="calling the owner's number wrong silences the warning",
        test="tests/support/phones/test_numbers.py::test_a_security_notice_goes_to_a_wrong_number_all_the_same",
        changes=[
            Change(
                "backend/support/phones/wrong_numbers.py",
                old=" AND {CAUSED_BY_FACILITY} AND NOT d.verify_before_retry",
                new=" AND NOT d.verify_before_retry",
            ),
        ],
    ),
    Mutant(
        name="told_by_reading",
        breaks="a facility sees who reads in an app",
        test="tests/support/messages/test_messages.py::test_what_became_of_it_on_the_way_or_in_the_app_changes_no_byte",
        changes=[
            Change(
                "backend/notifications/told.py",
                old="""    "CASE WHEN n.kept_back THEN 'held_back' WHEN""",
                new="""    "CASE WHEN n.read_at IS NOT NULL THEN 'waits' WHEN n.kept_back THEN 'held_back' WHEN""",
            ),
        ],
    ),
]
