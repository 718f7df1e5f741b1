"""What makes a duty, or a list, cost what is stored."""

from mutants.mutant import Change, Mutant

PLANS = "tests/growth/test_plans.py"
DUE = "tests/notifications/planning/test_due.py"

MUTANTS = [
    Mutant(
        name="growth_end_not_moved",
        breaks="a notification that ends earlier is told all the same",
        test=f"{DUE}::test_who_moves_the_end_of_a_notification_moves_its_deliveries",
        changes=[
            Change(
                "backend/schema/repeatable/deliveries.py",
                old="     WHERE d.notification = NEW.id AND d.status IN",
                new="     WHERE false AND d.notification = NEW.id AND d.status IN",
            ),
        ],
    ),
    Mutant(
        name="growth_never_ends",
        breaks="a delivery of a set says not when it ends, and is sent for ever",
        test=f"{DUE}::test_what_a_message_plans_says_when_it_ends_and_whose_it_is",
        changes=[
            Change(
                "backend/notifications/planning/plan_rows.py",
                old='    " told.expires_at, told.facility"\n',
                new="    \" 'infinity', told.facility\"\n",
            ),
        ],
    ),
    Mutant(
        name="growth_planned_later_counts",
        breaks="the gauge counts all that is planned, a million rows a turn",
        test=f"{DUE}::test_what_is_planned_for_later_is_no_unfinished_work",
        changes=[
            Change(
                "backend/notifications/planning/scheduled.py",
                old='        Status.PLANNED: " AND due_at <= hub_clock()",\n',
                new='        Status.PLANNED: "",\n',
            ),
        ],
    ),
    Mutant(
        name="growth_reads_all_deliveries",
        breaks="a page of notices reads every delivery there is",
        test=f"{PLANS}::test_no_statement_of_the_source_reads_everything",
        changes=[
            Change(
                "backend/notifications/told.py",
                old='    " WHEN (SELECT true FROM delivery d WHERE d.notification = n.id"\n',
                new='    " WHEN (SELECT count(*) > 0 FROM delivery d WHERE n.id IS NOT NULL"\n',
            ),
        ],
    ),
    Mutant(
        name="growth_seals_for_ever",
        breaks="one turn of the sealer takes as long as there is something to seal",
        test="tests/core/audit/test_chain.py::test_one_turn_of_sealing_is_bounded_and_the_next_goes_on",
        changes=[
            Change(
                "backend/core/audit_chain/sealer.py",
                old="    for _ in range(most):\n",
                new="    while most:\n",
            ),
        ],
    ),
    Mutant(
        name="growth_pairs_not_walked",
        breaks="old pairs behind the first thousand are kept for ever",
        test="tests/auth/test_retention.py::test_old_pairs_are_found_in_walking_through_all_a_batch_a_turn",
        changes=[
            Change(
                "backend/auth/retention.py",
                old='    _walk.after = rows[-1]["id"] if len(rows) == BATCH else _FIRST\n',
                new="    _walk.after = _FIRST\n",
            ),
        ],
    ),
    Mutant(
        name="growth_forgets_one_batch",
        breaks="what comes faster than a batch a turn is never forgotten",
        test="tests/auth/test_retention.py::test_a_turn_deletes_batch_after_batch_and_is_bounded",
        changes=[
            Change(
                "backend/auth/retention.py",
                old="        for _ in range(MOST_BATCHES):\n",
                new="        for _ in range(1):\n",
            ),
        ],
    ),
]
