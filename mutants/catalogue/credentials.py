"""What breaks codes, slips, phones, invitations and VNeID."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="code_cap",
        breaks="wrong codes in a row close nothing, so a patient attacker gets in",
        test="tests/auth/credentials/test_lockout.py::test_who_is_patient_for_sixty_days_gets_twenty_guesses",
        changes=[
            Change(
                "backend/auth/sign_in/otp.py",
                old="""\
        "  ON CONFLICT (account_hash) DO UPDATE SET failures = a.failures + excluded.failures,"
""",
                new="""\
        "  ON CONFLICT (account_hash) DO UPDATE SET failures = excluded.failures,"
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
                "backend/auth/sign_in/otp.py",
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
        test="tests/auth/account/test_phones.py::test_a_code_for_a_number_opens_no_session_and_a_sign_in_code_proves_no_number",
        changes=[
            Change(
                "backend/auth/sign_in/otp.py",
                old="""\
        "  AND purpose = 'sign-in' AND used_at IS NULL AND expires_at > hub_clock()"
""",
                new="""\
        "  AND used_at IS NULL AND expires_at > hub_clock()"
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
        test="tests/auth/account/test_step_up.py::test_a_code_is_good_for_the_session_that_asked_and_for_nothing_else",
        changes=[
            Change(
                "backend/auth/credentials/phone_codes.py",
                old="""\
        " AND patient = $3 AND account_hash = ANY($4::bytea[]) AND tries < $5"
""",
                new="""\
        " AND patient = $3 AND $4::bytea[] IS NOT NULL AND tries < $5"
""",
            ),
        ],
    ),
    Mutant(
        name="vneid_birth_date",
        breaks="a VNeID account is linked by the citizen id alone",
        test="tests/auth/vneid/test_linking.py::test_a_number_with_another_birth_date_is_a_task_for_the_desk_once",
        changes=[
            Change(
                "backend/auth/vneid/identity_links.py",
                old="""\
    return birth_date is not None and same_birth_date(birth_date, identity.birth_date)
""",
                new="""\
    return stored is not None
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
]
