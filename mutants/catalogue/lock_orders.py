"""Mutants of the order in which everybody locks a chart, a session and a code."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="lock_order_numbers",
        breaks="whoever shows a code holds the session while it waits for numbers: a deadlock",
        test="tests/auth/sessions/test_lock_order.py::test_who_waits_for_the_numbers_of_a_chart_holds_no_session",
        changes=[
            Change(
                "backend/auth/sign_in/adding_charts.py",
                old="""\
            named = await charts_with_numbers_locked(shown.pair)
            session = await lock_session(caller)
""",
                new="""\
            session = await lock_session(caller)
            named = await charts_with_numbers_locked(shown.pair)
""",
            ),
        ],
    ),
    Mutant(
        name="lock_order_code",
        breaks="who signs in holds the code while it waits for a chart that ends codes: a deadlock",
        test="tests/auth/sessions/test_lock_order.py::test_of_two_that_change_a_chart_at_once_none_waits_for_the_other_in_a_circle",
        changes=[
            Change(
                "backend/auth/sign_in/otp.py",
                old="""\
            await take_turn(shown.pair.subject)  # the code comes last: who ends its chart ends it
""",
                new="",
            ),
            Change(
                "backend/auth/sign_in/otp.py",
                old="""\
    named = await charts_with_numbers_locked(shown.pair)
    if not await shown_codes.use(shown) or not named:
""",
                new="""\
    used = await shown_codes.use(shown)
    await take_turn(shown.pair.subject)
    named = await charts_with_numbers_locked(shown.pair)
    if not used or not named:
""",
            ),
        ],
    ),
    Mutant(
        name="lock_order_step_up",
        breaks="who steps up holds the code while it waits for its reach: a deadlock",
        test="tests/auth/sessions/test_lock_order.py::test_who_steps_up_holds_no_code_while_it_waits_for_what_a_session_reaches",
        changes=[
            Change(
                "backend/auth/self_service/step_up.py",
                old="""\
            await lock_session(caller)
            await use_phone_code(challenge)
""",
                new="""\
            await use_phone_code(challenge)
""",
            ),
        ],
    ),
    Mutant(
        name="lock_order_lost",
        breaks="who accepts a number waits for a lost phone that waits for the session: a deadlock",
        test="tests/auth/sessions/test_lock_order.py::test_of_two_that_change_a_chart_at_once_none_waits_for_the_other_in_a_circle",
        changes=[
            Change(
                "backend/auth/self_service/phone_verification.py",
                old="""\
            await wait_for_lost_phones()
            among""",
                new="""\
            among""",
            ),
        ],
    ),
]
