"""What breaks the changes that an app asks for since its cursor."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="sync_epoch",
        breaks="a cursor goes on after a merge",
        test="tests/records/sync/test_sync_at_random.py::test_whatever_happens_meanwhile_an_app_ends_with_what_is_true",
        changes=[
            Change(
                "backend/records/sync/changes.py",
                old="""\
state["stepped_up"], state["epoch"])
""",
                new="""\
state["stepped_up"], 0)
""",
            ),
        ],
    ),
    Mutant(
        name="sync_lock",
        breaks="a writer takes the next number without waiting for the one that has it",
        test="tests/records/sync/test_patient_lock.py::test_two_writers_of_a_record_never_take_the_same_number",
        changes=[
            Change(
                "backend/schema/repeatable/merge.py",
                old="""\
    PERFORM FROM patient_change c WHERE c.patient = ANY (patients) ORDER BY c.patient FOR UPDATE;
""",
                new="""\
    PERFORM FROM patient_change c WHERE c.patient = ANY (patients) ORDER BY c.patient;
""",
            ),
        ],
    ),
    Mutant(
        name="sync_row",
        breaks="a page that ends within a change skips the rest of it",
        test="tests/records/sync/test_sync_at_random.py::test_whatever_happens_meanwhile_an_app_ends_with_what_is_true",
        changes=[
            Change(
                "backend/schema/repeatable/changes.py",
                old="""\
          WHERE t.patient = s.chart AND (t.change_n, t.id) > (s.after_n, s.after_id)
""",
                new="""\
          WHERE t.patient = s.chart AND t.change_n > s.after_n
""",
            ),
        ],
    ),
    Mutant(
        name="sync_step_up",
        breaks="a cursor goes on when a step-up begins or ends",
        test="tests/records/sync/test_sync_at_random.py::test_whatever_happens_meanwhile_an_app_ends_with_what_is_true",
        changes=[
            Change(
                "backend/records/sync/changes.py",
                old="""\
    now = ChartState(strength, state["proven"], state["stepped_up"], """,
                new="""\
    now = ChartState(strength, state["proven"], False, """,
            ),
        ],
    ),
    Mutant(
        name="sync_stone",
        breaks="an app is not told of what is gone",
        test="tests/records/sync/test_sync_at_random.py::test_whatever_happens_meanwhile_an_app_ends_with_what_is_true",
        changes=[
            Change(
                "backend/schema/repeatable/changes.py",
                old="""\
        SELECT * FROM ({_ROWS} UNION ALL {_TOMBSTONES}) item
""",
                new="""\
        SELECT * FROM ({_ROWS}) item
""",
            ),
        ],
    ),
    Mutant(
        name="sync_reach",
        breaks="a cursor goes on after a chart has left the reach",
        test="tests/records/reach/test_reach_ends.py::test_a_sync_begins_anew_when_the_reach_shrinks",
        changes=[
            Change(
                "backend/records/sync/changes.py",
                old="""\
    if kept and (kept.reading != reading or known.keys() - {state["chart"] for state in states}):
""",
                new="""\
    if kept and kept.reading != reading:
""",
            ),
        ],
    ),
    Mutant(
        name="sync_later_chart",
        breaks="a chart that a session reaches later is not read from its beginning",
        test="tests/records/reach/test_reach_ends.py::test_a_chart_that_comes_later_is_read_from_its_beginning",
        changes=[
            Change(
                "backend/schema/repeatable/changes.py",
                old="""\
               coalesce(k.n, 0) AS after_n, coalesce(k.id, '{FIRST}') AS after_id,
""",
                new="""\
               coalesce(k.n, n.n, 0) AS after_n, coalesce(k.id, '{AFTER_ALL_ROWS}') AS after_id,
""",
            ),
        ],
    ),
    Mutant(
        name="sync_next_chart",
        breaks="a page that ends with one chart forgets how far it came in it",
        test="tests/records/reach/test_reach_ends.py::test_news_of_one_chart_lose_no_row_of_the_next",
        changes=[
            Change(
                "backend/records/sync/changes.py",
                old="""\
        return at if page.goes_on_in else after_change(at.n, at.began_at)
""",
                new="""\
        return after_change(at.n, at.began_at)
""",
            ),
        ],
    ),
]
