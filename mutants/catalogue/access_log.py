"""What breaks the list of who read a record, and looking into it."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="access_log_fold",
        breaks="a line has the id of its last act, so that it moves while somebody turns pages",
        test="tests/records/access_log/test_access_log.py::test_pages_hold_every_line_once_whatever_is_written_meanwhile",
        changes=[
            Change(
                "backend/schema/repeatable/access_log.py",
                old="""\
            SELECT (array_agg(a.id ORDER BY a.id))[1] AS id, a.patient AS chart, min(a.at) AS at,
""",
                new="""\
            SELECT (array_agg(a.id ORDER BY a.id DESC))[1] AS id, a.patient AS chart, min(a.at) AS at,
""",
            ),
        ],
    ),
    Mutant(
        name="access_log_own",
        breaks="the function that reads the audit also serves a caregiver whom another endpoint let in",
        test="tests/records/access_log/test_access_log.py::test_the_function_that_reads_the_audit_asks_whose_record_is_open",
        changes=[
            Change(
                "backend/schema/repeatable/access_log.py",
                old="""\
    charts CONSTANT uuid[] := authorized_charts('own', {STRONG});
""",
                new="""\
    charts CONSTANT uuid[] := authorized_charts('full', {STRONG});
""",
            ),
        ],
    ),
    Mutant(
        name="access_log_held",
        breaks="who comes with another citizen id reads what the person before did in this chart",
        test="tests/records/lifecycle/test_held.py::test_the_trail_of_the_one_before_waits_for_the_desk_as_well",
        changes=[
            Change(
                "backend/schema/repeatable/access_log.py",
                old="""\
    SELECT array_agg(CASE WHEN p.held_since IS NULL OR p.id = ANY (hub_proven())
""",
                new="""\
    SELECT array_agg(CASE WHEN p.held_since IS NULL OR true
""",
            ),
        ],
    ),
    Mutant(
        name="dispute_own_act",
        breaks="staff settle the complaint about what they did themselves",
        test="tests/records/access_log/test_disputes.py::test_nobody_looks_into_what_they_did_themselves",
        changes=[
            Change(
                "backend/support/desk/tasks.py",
                old="""\
_NOT_OF_ONES_OWN = "(a.actor IS NULL OR a.actor_kind <> 'staff' OR a.actor <> $2)"
""",
                new="""\
_NOT_OF_ONES_OWN = "(a.actor IS NULL OR a.actor_kind <> 'staff' OR $2::uuid IS NOT NULL)"
""",
            ),
        ],
    ),
]
