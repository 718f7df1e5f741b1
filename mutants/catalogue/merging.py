"""What breaks merging and unmerging patients."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="merge_circle",
        breaks="merges in a circle leave numbers that lead nowhere",
        test="tests/records/lifecycle/test_merging_refused.py::test_a_merge_with_itself_or_in_a_circle_is_refused",
        changes=[
            Change(
                "backend/records/lifecycle/merge.py",
                old="""\
        if staying.home in homes:
            raise MergedInACircle
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="merge_describes",
        breaks="the old chart overwrites the name of whom it was merged into",
        test="tests/records/lifecycle/test_merging.py::test_what_an_old_chart_says_does_not_describe_the_other_patient",
        changes=[
            Change(
                "backend/auth/registration/patients.py",
                old="""\
    changed = created or (merged is None and await _update(chart, person, facility))
""",
                new="""\
    changed = created or await _update(chart, person, facility)
""",
            ),
        ],
    ),
    Mutant(
        name="merge_epoch",
        breaks="an app keeps what was moved to somebody else",
        test="tests/records/lifecycle/test_merging.py::test_both_apps_read_all_again_and_what_moved_is_stamped",
        changes=[
            Change(
                "backend/records/lifecycle/merge.py",
                old="""\
        "UPDATE patient_change SET n = n + 1, epoch = epoch + 1 WHERE patient = ANY($1)"
""",
                new="""\
        "UPDATE patient_change SET n = n + 1, epoch = epoch WHERE patient = ANY($1)"
""",
            ),
        ],
    ),
    Mutant(
        name="merge_filed_under",
        breaks="taking a merge back gives away what came with the other number",
        test="tests/records/lifecycle/test_merging.py::test_taken_back_everything_is_as_it_was",
        changes=[
            Change(
                "backend/records/lifecycle/merge.py",
                old="""\
            " WHERE facility = $1 AND patient = $2 AND filed_under = ANY($5) RETURNING id",
""",
                new="""\
            " WHERE facility = $1 AND patient = $2 AND $5::uuid[] IS NOT NULL RETURNING id",
""",
            ),
        ],
    ),
    Mutant(
        name="merge_moved",
        breaks="a text that comes back after a merge goes to the old phone again",
        test="tests/records/lifecycle/test_merging_notices.py::test_a_merge_waits_for_a_worker_that_is_just_claiming",
        changes=[
            Change(
                "backend/notifications/rules.py",
                old="""\
        (context.moved, Status.CANCELLED, MERGED),
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="merge_one_person",
        breaks="charts of two citizen ids are merged: one reads what is the other's",
        test="tests/records/lifecycle/test_merging_refused.py::test_two_people_are_not_merged",
        changes=[
            Change(
                "backend/auth/registration/merge_check.py",
                old="""\
    if differ or len(known | claimed) > 1:
""",
                new="""\
    if differ:
""",
            ),
        ],
    ),
    Mutant(
        name="merge_session",
        breaks="the chart that was merged away stays open",
        test="tests/records/lifecycle/test_merging.py::test_the_old_chart_sees_nothing_and_ends_the_new_one_sees_both",
        changes=[
            Change(
                "backend/records/lifecycle/merge.py",
                old="""\
    await close_orphaned(move.before, move.facility)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="merge_waited",
        breaks="what waited for a merge is filed for the old owner",
        test="tests/records/lifecycle/test_merging_at_once.py::test_what_comes_in_meanwhile_is_filed_for_whom_it_is_then",
        changes=[
            Change(
                "backend/records/patient_lock.py",
                old="""\
        if row["owner"] == patient else OwnerChanged()
""",
                new="",
            ),
        ],
    ),
]
