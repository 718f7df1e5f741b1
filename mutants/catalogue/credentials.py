"""What breaks codes, slips, phones, invitations and VNeID."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="code_closed",
        breaks="the right code opens a pair that is closed",
        test="tests/auth/credentials/test_lockout.py::test_the_right_code_opens_nothing_once_codes_are_closed",
        changes=[
            Change(
                "backend/auth/sign_in/shown_codes.py",
                old="""\
        f"  RETURNING old.id IS NULL OR {is_open('old', _AT)} AS counted)"
""",
                new="""\
        "  RETURNING true AS counted)"
""",
            ),
        ],
    ),
    Mutant(
        name="code_row_of_closed",
        breaks="the row of a closed pair is left alone, which takes less time",
        test="tests/auth/credentials/test_tries_alike.py::test_each_try_writes_the_row_of_its_pair_once",
        changes=[
            Change(
                "backend/auth/sign_in/shown_codes.py",
                old="""\
        f"  RETURNING old.id IS NULL OR {is_open('old', _AT)} AS counted)"
        " SELECT tried.*, pair.counted, (SELECT c.patient FROM contact_point c"
        f"  WHERE c.id = coalesce(tried.contact, tried.challenge) AND {IS_BOUND}) AS owner"
        " FROM tried CROSS JOIN pair",
""",
                new="""\
        f"  WHERE {is_open('a', _AT)} RETURNING true AS counted)"
        " SELECT tried.*, coalesce(pair.counted, false) AS counted,"
        " (SELECT c.patient FROM contact_point c"
        f"  WHERE c.id = coalesce(tried.contact, tried.challenge) AND {IS_BOUND}) AS owner"
        " FROM tried LEFT JOIN pair ON true",
""",
            ),
        ],
    ),
    Mutant(
        name="code_closing_put_off",
        breaks="who goes on guessing keeps the patient from being told",
        test="tests/auth/credentials/test_lockout.py::test_who_goes_on_guessing_keeps_nobody_from_being_told",
        changes=[
            Change(
                "backend/auth/credentials/lockout.py",
                old="""\
    " AND a.wrong_at[cardinality(a.wrong_at)] < hub_clock() - interval '10 seconds'"
""",
                new="""\
    " AND a.updated_at < hub_clock() - interval '10 seconds'"
""",
            ),
        ],
    ),
    Mutant(
        name="code_cap",
        breaks="wrong codes close nothing, so a patient attacker gets in",
        test="tests/auth/credentials/test_lockout.py::test_who_is_patient_gets_twenty_guesses_in_thirty_days",
        changes=[
            Change(
                "backend/auth/sign_in/shown_codes.py",
                old="""\
        f"  || CASE WHEN {is_open('a', _AT)} THEN excluded.wrong_at ELSE '{{}}' END,"
""",
                new="""\
        "  || '{}'::timestamptz[],"
""",
            ),
        ],
    ),
    Mutant(
        name="code_tries",
        breaks="wrong guesses of a code are not counted",
        test="tests/auth/sign_in/test_sign_in.py::test_five_wrong_guesses_kill_a_code_however_fast_they_come",
        changes=[
            Change(
                "backend/auth/sign_in/shown_codes.py",
                old="""\
        "WITH tried AS (UPDATE sign_in_challenge SET tries = tries + 1 WHERE id = $1 AND tries < $2"
""",
                new="""\
        "WITH tried AS (UPDATE sign_in_challenge SET tries = tries WHERE id = $1 AND tries < $2"
""",
            ),
        ],
    ),
    Mutant(
        name="invitation_once",
        breaks="of two who type in an invitation at once, both are let in",
        test="tests/auth/caregivers/test_caregiver_invitations.py::test_of_two_who_type_it_at_once_one_is_admitted",
        changes=[
            Change(
                "backend/auth/caregivers/invitations.py",
                old="""\
            " AND used_at IS NULL AND revoked_at IS NULL AND expires_at > hub_clock()",
""",
                new="""\
            " AND revoked_at IS NULL AND expires_at > hub_clock()",
""",
            ),
        ],
    ),
    Mutant(
        name="phone_code_purpose",
        breaks="a code that proves a phone number opens a session",
        test="tests/auth/self_service/test_phones.py::test_a_code_for_a_number_opens_no_session_and_a_sign_in_code_proves_no_number",
        changes=[
            Change(
                "backend/auth/sign_in/shown_codes.py",
                old="""\
        "  AND purpose = $4 AND session IS NOT DISTINCT FROM $5"
""",
                new="""\
        "  AND $4 <> '' AND session IS NOT DISTINCT FROM $5"
""",
            ),
        ],
    ),
    Mutant(
        name="phone_hold",
        breaks="a changed phone number is used at once, without the day in which the old one can say no",
        test="tests/auth/phones/test_phone_stories.py::test_who_declines_a_waiting_change_keeps_the_number_for_good",
        changes=[
            Change(
                "backend/auth/phones/phones.py",
                old="""\
        phone.id, by, HOLD if held else timedelta(0),
""",
                new="""\
        phone.id, by, timedelta(0),
""",
            ),
        ],
    ),
    Mutant(
        name="slip_once",
        breaks="a slip opens as many sessions as it has tries",
        test="tests/auth/sign_in/test_activation_at_once.py::test_fifty_who_show_the_right_code_at_once_open_one_session",
        changes=[
            Change(
                "backend/auth/credentials/activation_slips.py",
                old="""\
        " WHERE s.handle = $1 AND s.tries < $2 AND s.used_at IS NULL AND s.revoked_at IS NULL"
""",
                new="""\
        " WHERE s.handle = $1 AND s.tries < $2 AND s.revoked_at IS NULL"
""",
            ),
        ],
    ),
    Mutant(
        name="slip_tries",
        breaks="wrong guesses of a slip are not counted",
        test="tests/auth/sign_in/test_activation_at_once.py::test_two_hundred_wrong_guesses_at_once_count_five_and_kill_the_slip",
        changes=[
            Change(
                "backend/auth/credentials/activation_slips.py",
                old="""\
        "UPDATE activation_slip s SET tries = s.tries + 1 FROM patient p"
""",
                new="""\
        "UPDATE activation_slip s SET tries = s.tries FROM patient p"
""",
            ),
        ],
    ),
    Mutant(
        name="step_up_session",
        breaks="a code steps up another session than the one that asked",
        test="tests/auth/self_service/test_step_up.py::test_a_code_is_good_for_the_session_that_asked_and_for_nothing_else",
        changes=[
            Change(
                "backend/auth/credentials/phone_codes.py",
                old="""\
        " AND ($3::uuid IS NULL OR patient = $3) AND pair_hash = ANY($4::bytea[])"
""",
                new="""\
        " AND ($3::uuid IS NULL OR patient = $3) AND $4::bytea[] IS NOT NULL"
""",
            ),
        ],
    ),
    Mutant(
        name="vneid_birth_date",
        breaks="a VNeID account opens a chart with a padded birth date",
        test="tests/auth/vneid/test_vneid_charts.py::test_a_whole_date_opens_a_padded_one_is_found_a_contradicting_one_is_neither",
        changes=[
            Change(
                "backend/auth/vneid/rules.py",
                old="""\
    return BirthMatch.FITS if fits else BirthMatch.CONTRADICTS
""",
                new="""\
    return BirthMatch.SAME if fits else BirthMatch.CONTRADICTS
""",
            ),
        ],
    ),
    Mutant(
        name="vneid_once",
        breaks="a VNeID sign-in that came back is not used up",
        test="tests/auth/vneid/test_refused.py::test_of_twenty_at_once_one_opens_a_session_and_none_later",
        changes=[
            Change(
                "backend/auth/vneid/authorization_requests.py",
                old="""\
        found = await redis().getdel(_place(request_id))
""",
                new="""\
        found = await redis().get(_place(request_id))
""",
            ),
        ],
    ),
    Mutant(
        name="typed_number",
        breaks="a code comes to whichever number a chart has",
        test="tests/auth/sign_in/test_charts.py::test_no_code_comes_for_another_number_than_the_chart_has",
        changes=[
            Change(
                "backend/auth/sign_in/pairs.py",
                old="""\
    f" WHERE c.number_hash = ANY($3::bytea[]) AND {TAKES_CODES}"
""",
                new="""\
    f" WHERE cardinality($3::bytea[]) > 0 AND {TAKES_CODES}"
""",
            ),
        ],
    ),
    Mutant(
        name="own_counts",
        breaks="others spend and close the codes of a device that has reached the chart",
        test="tests/auth/credentials/test_lockout.py::test_a_known_device_has_counts_that_nobody_else_spends_or_closes",
        changes=[
            Change(
                "backend/auth/sign_in/code_requests.py",
                old="""\
    own = asking.key if await is_known_key(pair, asking.key) else ""
""",
                new="""\
    own = ""
""",
            ),
        ],
    ),
]
