"""What breaks sending each text once, saying what became of it, and the streams of hints."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="code_repeated",
        breaks="a code whose answer was lost is sent again",
        test="tests/notifications/delivery/test_reconciliation.py::test_a_code_in_doubt_is_given_up_and_never_repeated",
        changes=[
            Change(
                "backend/notifications/delivery/outcomes.py",
                old="""\
            status = Status.TECHNICAL_FAILURE
""",
                new="""\
            status = Status.PLANNED
""",
            ),
        ],
    ),
    Mutant(
        name="decide_again",
        breaks="what was read, expired or recalled meanwhile is sent all the same",
        test="tests/notifications/delivery/test_claiming.py::test_what_no_longer_holds_when_it_would_be_sent_is_not_sent",
        changes=[
            Change(
                "backend/notifications/delivery/sending.py",
                old="""\
    if refusal is not None:
""",
                new="""\
    if refusal is not None and claim.number > 99:
""",
            ),
        ],
    ),
    Mutant(
        name="guard",
        breaks="nobody stands at the endpoint of the inbox",
        test="tests/api/test_routes.py::test_somebody_stands_at_the_endpoint",
        changes=[
            Change(
                "backend/notifications/inbox/inbox_api.py",
                old="""\
    guards = [signed_in]
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="hint_early",
        breaks="a hint is said before the commit, and of what is undone",
        test="tests/notifications/inbox/test_streams.py::test_nothing_is_hinted_at_that_was_not_kept",
        changes=[
            Change(
                "backend/core/change_signals.py",
                old="""\
    after_commit(lambda: _say_soon(patient))
""",
                new="""\
    _say_soon(patient)
""",
            ),
        ],
    ),
    Mutant(
        name="in_doubt_answer",
        breaks="a text whose answer was lost is sent again without a look",
        test="tests/crash/test_provider_modes.py::test_a_provider_that_misbehaves_once_sends_one_text_without_any_receipt",
        changes=[
            Change(
                "backend/notifications/delivery/outcomes.py",
                old="""\
            status = Status.IN_DOUBT
""",
                new="""\
            status = Status.PLANNED
""",
            ),
        ],
    ),
    Mutant(
        name="in_doubt_dead",
        breaks="what a dead worker had claimed is sent again without a look",
        test="tests/crash/test_kills.py::test_processes_killed_at_each_point_send_each_text_once",
        changes=[
            Change(
                "backend/notifications/delivery/reconciliation.py",
                old="""\
                         WHEN dead.kind = ANY($2) THEN 'technical_failure' ELSE 'in_doubt' END,
""",
                new="""\
                         WHEN dead.kind = ANY($2) THEN 'technical_failure' ELSE 'planned' END,
""",
            ),
        ],
    ),
    Mutant(
        name="late_answer",
        breaks="an old attempt's refusal moves a delivery that is being sent anew",
        test="tests/notifications/delivery/test_reconciliation.py::test_a_late_answer_moves_only_what_was_accepted",
        changes=[
            Change(
                "backend/notifications/delivery/outcomes.py",
                old="""\
       AND (a.status = 'sent' OR d.attempts = noted.number)
""",
                new="""\
       AND (a.status = 'sent' OR noted.number > 0)
""",
            ),
        ],
    ),
    Mutant(
        name="lease",
        breaks="a worker is held for dead while its lease still runs",
        test="tests/notifications/delivery/test_claiming.py::test_a_silent_worker_is_doubted_after_its_lease_and_not_before",
        changes=[
            Change(
                "backend/notifications/delivery/reconciliation.py",
                old="""\
     WHERE d.status = 'sending' AND d.lease_until < hub_clock() AND d.id <> ALL($2)
""",
                new="""\
     WHERE d.status = 'sending' AND d.id <> ALL($2)
""",
            ),
            Change(
                "backend/notifications/delivery/reconciliation.py",
                old="""\
     WHERE d.id = ANY($1) AND d.status = 'sending' AND d.lease_until < hub_clock()
""",
                new="""\
     WHERE d.id = ANY($1) AND d.status = 'sending'
""",
            ),
        ],
    ),
    Mutant(
        name="listing_failed",
        breaks="a listing that failed counts as an empty one",
        test="tests/notifications/delivery/test_reconciliation.py::test_when_the_provider_cannot_be_asked_nothing_is_decided",
        changes=[
            Change(
                "backend/notifications/delivery/reconciliation.py",
                old="""\
        log.warning("listing_failed", delivery=look.delivery, error=type(failure).__name__)
""",
                new="""\
        await execute(_NOT_THERE, look.delivery, doubt, look.taken_until, *NEVER_FOUND)
""",
            ),
        ],
    ),
    Mutant(
        name="lock",
        breaks="a worker waits for the rows another one is just claiming",
        test="tests/notifications/delivery/test_claiming.py::test_what_one_worker_is_just_claiming_another_one_skips",
        changes=[
            Change(
                "backend/notifications/delivery/claiming.py",
                old="""\
    {_DUE} FOR NO KEY UPDATE SKIP LOCKED
""",
                new="""\
    {_DUE} FOR NO KEY UPDATE
""",
            ),
        ],
    ),
    Mutant(
        name="look_fence",
        breaks="two workers' looks at one moment count as two",
        test="tests/notifications/delivery/test_reconciliation.py::test_a_look_that_another_worker_has_taken_over_does_not_count",
        changes=[
            Change(
                "backend/notifications/delivery/reconciliation.py",
                old="""\
     WHERE d.id = $1 AND d.status = 'in_doubt' AND d.next_listing_at = $3
""",
                new="""\
     WHERE d.id = $1 AND d.status = 'in_doubt' AND $3::timestamptz IS NOT NULL
""",
            ),
        ],
    ),
    Mutant(
        name="receipt_end",
        breaks="a receipt brings back what was withdrawn",
        test="tests/notifications/delivery/test_receipts.py::test_what_has_ended_for_good_stays_and_the_receipt_is_kept_as_history",
        changes=[
            Change(
                "backend/notifications/delivery/receipts.py",
                old="""\
       AND (d.status = a.status OR {MAY_MOVE})
""",
                new="""\
       AND (d.status = a.status OR {MAY_MOVE} OR true)
""",
            ),
        ],
    ),
    Mutant(
        name="receipt_rank",
        breaks="the receipt that comes last wins",
        test="tests/notifications/delivery/test_receipts.py::test_receipts_in_any_order_end_at_the_highest",
        changes=[
            Change(
                "backend/notifications/delivery/receipts.py",
                old="""\
      FROM a WHERE d.id = a.delivery AND a.rank > d.rank
       AND (d.status = a.status OR {MAY_MOVE})
""",
                new="""\
      FROM a WHERE d.id = a.delivery AND d.status <> 'cancelled'
""",
            ),
        ],
    ),
    Mutant(
        name="stream_all",
        breaks="a stream stirs at what is not for its reader",
        test="tests/notifications/inbox/test_streams.py::test_a_stream_says_nothing_of_what_is_not_for_this_reader",
        changes=[
            Change(
                "backend/schema/repeatable/changes.py",
                old="""\
               hub_newest(o.chart, o.of_all_kinds, o.stepped_up, o.proven)) END,
""",
                new="""\
               (SELECT n.n FROM patient_change n WHERE n.patient = o.chart)) END,
""",
            ),
        ],
    ),
    Mutant(
        name="stream_ended",
        breaks="the stream of an ended session goes on",
        test="tests/notifications/inbox/test_streams.py::test_an_ended_session_ends_its_streams_without_redis",
        changes=[
            Change(
                "backend/schema/repeatable/changes.py",
                old="""\
         WHERE s.id = ANY (sessions) AND {LIVING}
""",
                new="""\
         WHERE s.id = ANY (sessions) AND s.expires_at > hub_clock()
""",
            ),
        ],
    ),
    Mutant(
        name="third_look",
        breaks="nobody looks once more right before a repeat",
        test="tests/notifications/delivery/test_reconciliation.py::test_a_text_that_shows_up_at_the_third_look_is_not_repeated",
        changes=[
            Change(
                "backend/notifications/delivery/sending.py",
                old="""\
    if claim.verify_first:
""",
                new="""\
    if claim.verify_first and claim.number > 99:
""",
            ),
        ],
    ),
    Mutant(
        name="two_listings",
        breaks="one empty listing is enough for a repeat",
        test="tests/notifications/delivery/test_reconciliation.py::test_a_text_is_repeated_only_after_two_empty_listings_apart_and_a_third_look",
        changes=[
            Change(
                "backend/notifications/delivery/reconciliation.py",
                old="""\
       SET status = CASE WHEN looked.over THEN $4 WHEN d.empty_listings = 0 THEN d.status
""",
                new="""\
       SET status = CASE WHEN looked.over THEN $4 WHEN d.empty_listings = 9 THEN d.status
""",
            ),
        ],
    ),
]
