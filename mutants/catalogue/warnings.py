"""What breaks warnings, and the last look at where a text or push goes."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="warning_read",
        breaks="a thief who marks a warning as read stops its texts",
        test="tests/auth/phones/test_bound.py::test_who_reads_a_warning_in_an_app_does_not_stop_its_texts",
        changes=[
            Change(
                "backend/notifications/delivery/claims.py",
                old="""\
        read=row["read"] and kind not in UNSTOPPED,
""",
                new="""\
        read=row["read"],
""",
            ),
        ],
    ),
    Mutant(
        name="warning_again",
        breaks="a new number is told once, and whoever is away never hears of it",
        test="tests/auth/phones/test_bound.py::test_a_new_number_is_told_at_once_and_when_it_takes_effect_to_those_of_before",
        changes=[
            Change(
                "backend/notifications/planning/planning.py",
                old="""\
    times = [now()] if again_at is None else [now(), again_at]
""",
                new="""\
    times = [now()]
""",
            ),
        ],
    ),
    Mutant(
        name="warning_voice",
        breaks="a warning speaks with the name and the hotline of who caused it",
        test="tests/notifications/delivery/test_addresses.py::test_the_hub_itself_speaks_of_codes_and_security",
        changes=[
            Change(
                "backend/notifications/delivery/claims.py",
                old="""\
    if kind in CODES or kind in WARNINGS or row["discreet"]:
""",
                new="""\
    if kind in CODES or row["discreet"]:
""",
            ),
        ],
    ),
    Mutant(
        name="warning_bombs",
        breaks="one facility sends warnings about invented people to one number without end",
        test="tests/notifications/brakes/test_over_all.py::test_one_facility_makes_no_bombs_of_warnings_about_invented_people",
        changes=[
            Change(
                "backend/notifications/brakes/rules.py",
                old="""\
        if origin is not Origin.HUB:
            return self
""",
                new="""\
        if origin is not Origin.CODE:
            return self
""",
            ),
        ],
    ),
    Mutant(
        name="push_reach",
        breaks="a phone whose session reaches a chart no more gets its pushes",
        test="tests/notifications/delivery/test_addresses.py::test_a_phone_that_reaches_the_chart_no_more_gets_no_push_and_the_number_a_text",
        changes=[
            Change(
                "backend/notifications/delivery/claims.py",
                old="""\
    live = bool(address) and bool(row["reaches" if channel is Channel.PUSH else "number_live"])
""",
                new="""\
    live = bool(address) and bool(channel is Channel.PUSH or row["number_live"])
""",
            ),
        ],
    ),
    Mutant(
        name="text_over_all",
        breaks="facilities together send one number as many texts as they like",
        test="tests/notifications/brakes/test_over_all.py::test_many_facilities_together_do_not_flood_a_number",
        changes=[
            Change(
                "backend/notifications/brakes/rules.py",
                old="""\
        Brake.UNPROVED: is_spent_by_others(text, counts, limits),
""",
                new="""\
        Brake.UNPROVED: False,
""",
            ),
        ],
    ),
    Mutant(
        name="inactive_code",
        breaks="a code leaves about a chart that its facility calls inactive",
        test="tests/notifications/delivery/test_addresses.py::test_no_code_about_a_chart_that_is_inactive_or_over_or_discreet",
        changes=[
            Change(
                "backend/auth/credentials/sms_quota.py",
                old="""\
        Withheld.INACTIVE: row["inactive"],
""",
                new="""\
        Withheld.INACTIVE: False,
""",
            ),
        ],
    ),
]
