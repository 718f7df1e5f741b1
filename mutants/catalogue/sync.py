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
        epoch=state["epoch"],
""",
                new="""\
        epoch=0,
""",
            ),
        ],
    ),
    Mutant(
        name="sync_lock",
        breaks="a writer takes the next number without waiting for the one that has it",
        test="tests/records/sync/test_sync_at_random.py::test_whatever_happens_meanwhile_an_app_ends_with_what_is_true[92]",
        changes=[
            Change(
                "backend/schema/repeatable/merge.py",
                old="""\
    SELECT c.n INTO change_n FROM patient_change c WHERE c.patient = the_patient FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO patient_change (patient, n, epoch) VALUES (the_patient, 0, 0)
            ON CONFLICT DO NOTHING;
        SELECT c.n INTO change_n FROM patient_change c WHERE c.patient = the_patient FOR UPDATE;
""",
                new="""\
    SELECT c.n INTO change_n FROM patient_change c WHERE c.patient = the_patient;
    IF NOT FOUND THEN
        INSERT INTO patient_change (patient, n, epoch) VALUES (the_patient, 0, 0)
            ON CONFLICT DO NOTHING;
        SELECT c.n INTO change_n FROM patient_change c WHERE c.patient = the_patient;
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
          WHERE t.patient = gate.patient AND (t.change_n, t.id) > (after_n, after_id)
""",
                new="""\
          WHERE t.patient = gate.patient AND t.change_n > after_n
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
        stepped_up=state["stepped_up"],
""",
                new="""\
        stepped_up=False,
""",
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
]
