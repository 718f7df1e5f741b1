"""What breaks that one odd row takes nothing else away."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="odd_row",
        breaks="a list sends a record out that is no JSON, or not of its kind",
        test="tests/records/reading/test_odd_rows.py::test_a_list_goes_on_behind_a_row_that_it_cannot_show",
        changes=[
            Change(
                "backend/schema/repeatable/pages.py",
                old="""\
      FROM (SELECT t.id, t.{order} AS at, CASE WHEN t.readable THEN t.{column} END AS text
""",
                new="""\
      FROM (SELECT t.id, t.{order} AS at, t.{column} AS text
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
                "backend/core/database.py",
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
