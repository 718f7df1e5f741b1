"""What breaks that one odd row takes nothing else away."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="odd_seal",
        breaks="one phone, name or sender's id that does not open takes its whole list away",
        test="tests/support/test_unreadable_seals.py::test_a_phone_that_does_not_open_is_listed_with_a_dash[changed]",
        changes=[
            Change(
                "backend/core/odd_rows/unreadable.py",
                old="""\
        note_unreadable(table, column, row=row)
        return None
""",
                new="""\
        raise
""",
            ),
        ],
    ),
    Mutant(
        name="odd_reason",
        breaks="one reason that does not open takes the access log and the auditors' list away",
        test="tests/support/test_unreadable_seals.py::test_a_reason_that_does_not_open_leaves_all_lines_to_patient_and_auditor",
        changes=[
            Change(
                "backend/core/odd_rows/unreadable.py",
                old="""\
        note_unreadable("audit_event", "why")
        return UNREADABLE_NAME
""",
                new="""\
        raise
""",
            ),
        ],
    ),
    Mutant(
        name="odd_case",
        breaks="a case whose reason does not open shuts staff out of what they looked up",
        test="tests/support/test_unreadable_seals.py::test_a_case_whose_reason_does_not_open_stays_open",
        changes=[
            Change(
                "backend/support/patients/cases.py",
                old="""\
        return salted_reason(UNREADABLE_NAME)
""",
                new="""\
        raise
""",
            ),
        ],
    ),
    Mutant(
        name="odd_answer",
        breaks="a message sent again fails for ever where its first answer does not open",
        test="tests/support/test_unreadable_seals.py::test_a_message_whose_answer_cannot_be_read_is_known_all_the_same[None]",
        changes=[
            Change(
                "backend/intake/pipeline/take_in.py",
                old="""\
        said = replay.answer or message.answer(told)
""",
                new="""\
        said = replay.answer or str(told and "")
""",
            ),
        ],
    ),
    Mutant(
        name="odd_row",
        breaks="a list sends a record out that is no JSON, or not of its kind",
        test="tests/records/reading/test_odd_rows.py::test_a_list_goes_on_behind_a_row_that_it_cannot_show",
        changes=[
            Change(
                "backend/schema/repeatable/pages.py",
                old="""\
                       CASE WHEN t.readable{more} THEN t.{column} END AS text
""",
                new="""\
                       CASE WHEN true{more} THEN t.{column} END AS text
""",
            ),
        ],
    ),
    Mutant(
        name="odd_allergy",
        breaks="a summary says nothing of an allergy that it cannot read",
        test="tests/records/reading/test_odd_rows.py::test_an_allergy_that_cannot_be_read_is_not_none_known",
        changes=[
            Change(
                "backend/records/summary/collect.py",
                old="""\
        [kind for kind, item in read if item is None],
""",
                new="""\
        [],
""",
            ),
        ],
    ),
    Mutant(
        name="odd_instant",
        breaks="a stored time that Python cannot hold ends a whole list",
        test="tests/records/reading/test_odd_rows.py::test_a_record_at_the_edge_of_time_is_listed_and_the_list_ends",
        changes=[
            Change(
                "backend/core/postgres/pools.py",
                old="""\
        init=bound_instants,
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="cursor_list",
        breaks="a cursor of another list, or of another reader, opens this one",
        test="tests/core/http/test_cursors.py::test_a_cursor_of_another_list_or_reader_is_refused",
        changes=[
            Change(
                "backend/core/http/pagination.py",
                old="""\
        return f"page/{self.name}/{self.reader}/{self.owner or self.reader}"
""",
                new="""\
        return "page"
""",
            ),
        ],
    ),
    Mutant(
        name="instant_bounds",
        breaks="a time of a year that no zone can hold is taken from a request",
        test="tests/core/http/test_instants.py::test_anything_else_is_refused_with_the_place_of_the_field",
        changes=[
            Change(
                "backend/core/http/instants.py",
                old="""\
    if year not in YEARS:
""",
                new="""\
    if year < 0:
""",
            ),
        ],
    ),
]
