"""What breaks the manners of the web: proofs, calendars, ranges of days, files behind other files."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="htu_slash",
        breaks="a proof for another address is good for this one",
        test="tests/auth/dpop/test_dpop.py::test_what_is_no_proof_of_this_request_is_refused",
        changes=[
            Change(
                "backend/auth/dpop/proofs.py",
                old="""\
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9\\-._~]")
""",
                new="""\
_UNRESERVED: Final = re.compile(r".")
""",
            ),
        ],
    ),
    Mutant(
        name="partial_dates",
        breaks="what is only dated by its year is lost in most ranges of days",
        test="tests/records/reading/test_timeline.py::test_a_month_or_a_year_is_found_wherever_it_overlaps",
        changes=[
            Change(
                "backend/schema/repeatable/pages.py",
                old="""\
        AND (t.{order} >= first OR t.happened_until > first)
""",
                new="""\
        AND t.{order} >= first
""",
            ),
        ],
    ),
    Mutant(
        name="pdf_behind_a_program",
        breaks="a program with a PDF behind it is given to patients",
        test="tests/intake/files/test_attachment_rules.py::test_other_kinds_are_not_shown",
        changes=[
            Change(
                "backend/intake/files/file_types.py",
                old="""\
    is_harmless = before.isascii() and not before.startswith(_OTHER_BEGINNINGS)
""",
                new="""\
    is_harmless = before.isascii()
""",
            ),
        ],
    ),
    Mutant(
        name="taken_back_restricted",
        breaks="a calendar cancels a restricted appointment for who never could see it",
        test="tests/records/reading/test_taken_back_appointments.py::test_an_error_is_cancelled_only_where_it_could_be_seen",
        changes=[
            Change(
                "backend/schema/repeatable/row_security.py",
                old="""\
       AND (a.restriction = '' OR {STEPPED_UP.replace("(patient", "(a.patient")})
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="taken_back_unasked",
        breaks="the database gives taken-back appointments of charts that nobody opened",
        test="tests/records/reading/test_taken_back_appointments.py::test_the_database_gives_no_error_of_a_chart_that_is_not_open",
        changes=[
            Change(
                "backend/schema/repeatable/row_security.py",
                old="""\
     WHERE a.patient = ANY (charts) AND {OPEN_TO["appointment"].replace("(patient", "(a.patient")}
""",
                new="""\
     WHERE a.patient = ANY (charts)
""",
            ),
        ],
    ),
    Mutant(
        name="refusal_before_continue",
        breaks="a sender who waits to be asked is asked for a body that is refused already",
        test="tests/api/test_unread_body.py::test_who_waits_to_be_asked_for_the_body_hears_the_refusal_first",
        changes=[
            Change(
                "backend/api/unread_body.py",
                old="""\
            if message["type"] == "http.response.start" and not expects:
""",
                new="""\
            if message["type"] == "http.response.start" and (expects or not expects):
""",
            ),
        ],
    ),
]
