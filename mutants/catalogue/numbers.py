"""What breaks the numbers of charts: stated, bound, not theirs, and the step-up by them."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="number_bound",
        breaks="a facility's word takes the place of a bound number",
        test="tests/auth/phones/test_bound.py::test_once_a_number_is_bound_another_is_a_proposal_and_nothing_goes_there",
        changes=[
            Change(
                "backend/auth/phones/contact_points.py",
                old="""\
    if any(other.bound for other in among):
""",
                new="""\
    if known is not None and known.bound:
""",
            ),
        ],
    ),
    Mutant(
        name="number_proposals",
        breaks="every number that a facility states is one more warning to the bound one",
        test="tests/auth/phones/test_bound.py::test_a_chart_has_one_open_proposal_and_the_bound_number_hears_once_a_day",
        changes=[
            Change(
                "backend/auth/phones/contact_points.py",
                old="""\
        await send_notice(patient, PHONE_PROPOSED, contact, once_in=PROPOSED_TOLD_ONCE_IN)
""",
                new="""\
        await send_notice(patient, PHONE_PROPOSED, contact)
""",
            ),
        ],
    ),
    Mutant(
        name="number_in_turns",
        breaks="a number that is stated again after a week is new, and warns the other one",
        test="tests/auth/phones/test_stated.py::test_two_systems_that_state_two_numbers_in_turns_send_no_storm_of_warnings",
        changes=[
            Change(
                "backend/auth/phones/contact_points.py",
                old="""\
        " stated_since = CASE WHEN k.known THEN c.stated_since ELSE hub_clock() END"
""",
                new="""\
        " stated_since = hub_clock()"
""",
            ),
        ],
    ),
    Mutant(
        name="number_lock",
        breaks="a hospital does not wait for who binds another number at this moment",
        test="tests/auth/self_service/test_phones.py::test_a_number_from_a_hospital_is_only_proposed_while_a_desk_confirms_another",
        changes=[
            Change(
                "backend/auth/phones/contact_points.py",
                old="""\
    among = await phones_of(patient, lock=True)  # who binds another one meanwhile goes first
""",
                new="""\
    among = await phones_of(patient)
""",
            ),
        ],
    ),
    Mutant(
        name="number_not_theirs",
        breaks="a hospital that repeats a number which is not theirs sets it in use again",
        test="tests/auth/phones/test_not_theirs.py::test_a_number_that_is_not_theirs_stays_so_however_often_the_hospital_repeats_it",
        changes=[
            Change(
                "backend/auth/phones/phones.py",
                old="""\
    " AND c.declined_at IS NULL AND c.not_theirs_since IS NULL"
    " AND coalesce(c.usable_from, c.confirmed_at) <= hub_clock()"
""",
                new="""\
    " AND c.declined_at IS NULL"
    " AND coalesce(c.usable_from, c.confirmed_at) <= hub_clock()"
""",
            ),
        ],
    ),
    Mutant(
        name="number_of_another",
        breaks="a number that a facility states for two people takes codes for both",
        test="tests/auth/phones/test_not_theirs.py::test_a_number_of_another_person_gets_texts_and_codes_only_after_the_desk",
        changes=[
            Change(
                "backend/auth/phones/contact_points.py",
                old="""\
    shared = await _is_stated_for_another(patient, hashes)
""",
                new="""\
    shared = False
""",
            ),
        ],
    ),
    Mutant(
        name="number_taken_back",
        breaks="a session newer than a bound number takes it back",
        test="tests/auth/phones/test_bound.py::test_a_session_older_than_a_bound_number_takes_it_back_within_seven_days",
        changes=[
            Change(
                "backend/auth/phones/rules.py",
                old="""\
    return older and bound_for < TAKEN_BACK_WITHIN
""",
                new="""\
    return bound_for < TAKEN_BACK_WITHIN
""",
            ),
        ],
    ),
    Mutant(
        name="number_held",
        breaks="a code binds a number of a chart whose phone was reported as lost",
        test="tests/auth/self_service/test_numbers_of_charts.py::test_for_a_day_after_a_lost_phone_nobody_binds_a_number_but_the_desk",
        changes=[
            Change(
                "backend/auth/self_service/phone_verification.py",
                old="""\
            if await held_of([held.chart]):
""",
                new="""\
            if await held_of([]):
""",
            ),
        ],
    ),
    Mutant(
        name="step_up_number",
        breaks="a step-up opens every chart that is reached, whatever number the code went to",
        test="tests/auth/self_service/test_numbers_of_charts.py::test_a_step_up_opens_the_charts_with_the_number_that_the_code_went_to",
        changes=[
            Change(
                "backend/auth/self_service/step_up.py",
                old="""\
            charts = await bound_with([one.chart for one in held if one.chart not in lost], contact)
""",
                new="""\
            charts = [one.chart for one in held if one.chart not in lost]
""",
            ),
        ],
    ),
]
