"""What breaks the hour at which a record may be read, and what a patient hears of it."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="release_backfill",
        breaks="a backfill is told when its hour comes",
        test="tests/records/lifecycle/release/test_by_time.py::test_nobody_is_told_of_a_backfill",
        changes=[
            Change(
                "backend/notifications/planning/deferred.py",
                old="""\
            if is_useful(notice):
""",
                new="""\
            if True:
""",
            ),
        ],
    ),
    Mutant(
        name="release_change",
        breaks="what the hour shows is no change, so that apps do not hear of it",
        test="tests/records/sync/test_sync_at_random.py::test_whatever_happens_meanwhile_an_app_ends_with_what_is_true",
        changes=[
            Change(
                "backend/schema/repeatable/release.py",
                old="""\
_SEEN = "SET visible_from = hub_clock(), release_at = NULL, change_n = the_n"
""",
                new="""\
_SEEN = "SET visible_from = hub_clock(), release_at = NULL"
""",
            ),
        ],
    ),
    Mutant(
        name="release_early",
        breaks="a record is shown before its hour",
        test="tests/records/lifecycle/release/test_by_time.py::test_a_result_is_nowhere_before_its_hour_and_everywhere_after",
        changes=[
            Change(
                "backend/schema/repeatable/release.py",
                old="""\
          WHERE t.release_at <= hub_clock() AND t.patient <> ALL (but)
""",
                new="""\
          WHERE t.release_at IS NOT NULL AND t.patient <> ALL (but)
""",
            ),
            Change(
                "backend/schema/repeatable/release.py",
                old="""\
         WHERE t.patient = the_owner AND t.release_at <= hub_clock()
""",
                new="""\
         WHERE t.patient = the_owner AND t.release_at IS NOT NULL
""",
            ),
        ],
    ),
    Mutant(
        name="release_kept_back",
        breaks="a correction shows what a clinician keeps back",
        test="tests/records/lifecycle/release/test_kept_back.py::test_what_is_kept_back_waits_beyond_its_hour",
        changes=[
            Change(
                "backend/records/visibility/release_rules.py",
                old="""\
    if kept_back or policy.mode >= ReleaseMode.BY_CLINICIAN:
""",
                new="""\
    if policy.mode >= ReleaseMode.BY_CLINICIAN:
""",
            ),
        ],
    ),
    Mutant(
        name="release_kept_back_part",
        breaks="a new measurement of a report that is kept back is shown",
        test="tests/records/lifecycle/release/test_with_reports.py::test_a_new_measurement_of_a_kept_back_report_waits_where_nothing_else_does",
        changes=[
            Change(
                "backend/records/row_writes.py",
                old="""\
        waits = _UNLESS_A_REPORT_WAITS if "reported" in like.columns else ""
""",
                new="""\
        waits = ""
""",
            ),
        ],
    ),
    Mutant(
        name="release_lock",
        breaks="two workers show one patient's records at once",
        test="tests/records/lifecycle/release/test_by_time.py::test_two_workers_show_it_once_and_neither_waits",
        changes=[
            Change(
                "backend/schema/repeatable/release.py",
                old="""\
     LIMIT 1 FOR UPDATE OF c SKIP LOCKED;
""",
                new="""\
     LIMIT 1;
""",
            ),
        ],
    ),
    Mutant(
        name="release_never",
        breaks="what is never to be shown is released",
        test="tests/records/lifecycle/release/test_by_word.py::test_what_cannot_be_said_is_refused_and_changes_nothing",
        changes=[
            Change(
                "backend/records/lifecycle/release.py",
                old="""\
    if policy.mode is ReleaseMode.NEVER and not keep_back:
""",
                new="""\
    if policy.mode is ReleaseMode.NEVER and keep_back:
""",
            ),
        ],
    ),
    Mutant(
        name="release_one_fails",
        breaks="one record that cannot be shown holds up all others",
        test="tests/records/lifecycle/release/test_by_time.py::test_one_record_that_cannot_be_shown_holds_up_no_other",
        changes=[
            Change(
                "backend/records/lifecycle/release.py",
                old="""\
        await _ASIDE.put(patient, surprise)
        return False
""",
                new="""\
        return None
""",
            ),
        ],
    ),
    Mutant(
        name="release_restricted",
        breaks="a result that becomes restricted keeps the hour of one that is not",
        test="tests/records/lifecycle/release/test_with_reports.py::test_a_measurement_that_becomes_restricted_makes_its_report_wait_as_such",
        changes=[
            Change(
                "backend/records/filing/reports.py",
                old="""\
        [restriction, *shown.classes],
""",
                new="""\
        [row["restriction"]],
""",
            ),
        ],
    ),
    Mutant(
        name="release_same_again",
        breaks="the same again changes when something is to be seen",
        test="tests/records/lifecycle/release/test_with_reports.py::test_the_same_again_does_not_follow_a_new_policy",
        changes=[
            Change(
                "backend/intake/pipeline/record_writer.py",
                old="""\
    if fresh:
        filing.measurements.add(event.content.key)
""",
                new="""\
    filing.measurements.add(event.content.key)
""",
            ),
        ],
    ),
    Mutant(
        name="release_stopped",
        breaks="a text says that something is ready which is kept back",
        test="tests/records/lifecycle/release/test_kept_back.py::test_a_text_that_has_not_left_is_not_sent_about_what_is_kept_back",
        changes=[
            Change(
                "backend/notifications/rules.py",
                old="""\
        (context.kept_back, Status.SUPPRESSED, "not_released"),
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="release_strictest",
        breaks="a stricter class of what a report shows is passed over",
        test="tests/records/lifecycle/release/test_with_reports.py::test_a_report_stands_by_the_strictest_class_of_all_that_it_shows",
        changes=[
            Change(
                "backend/records/filing/reports.py",
                old="""\
    filed = await file(_KIND, filing, content, before, own, classes)
""",
                new="""\
    filed = await file(_KIND, filing, content, before, own)
""",
            ),
        ],
    ),
    Mutant(
        name="release_told_early",
        breaks="a patient is told of what cannot be seen yet",
        test="tests/records/lifecycle/release/test_by_time.py::test_a_result_is_nowhere_before_its_hour_and_everywhere_after",
        changes=[
            Change(
                "backend/notifications/planning/deferred.py",
                old="""\
        if notice.subject in unseen:
""",
                new="""\
        if notice.subject in frozenset[object]():
""",
            ),
        ],
    ),
    Mutant(
        name="release_unmerge",
        breaks="a measurement that an unmerge parts from its report is never seen",
        test="tests/records/lifecycle/release/test_with_reports.py::test_what_an_unmerge_parts_from_its_report_stands_alone",
        changes=[
            Change(
                "backend/records/lifecycle/merge.py",
                old="""\
    await _settle_measurements(move, records)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="release_untold",
        breaks="what could be seen only later is too old to be told",
        test="tests/records/lifecycle/release/test_by_word.py::test_a_result_waits_for_the_clinicians_word_however_long",
        changes=[
            Change(
                "backend/notifications/planning/deferred.py",
                old="""\
        " UPDATE deferred_notice SET until_released = false, happened_at = hub_clock(),"
""",
                new="""\
        " UPDATE deferred_notice SET until_released = false,"
""",
            ),
        ],
    ),
    Mutant(
        name="release_vanishes",
        breaks="a correction takes away what was to be seen",
        test="tests/records/visibility/test_release_rules.py::test_what_was_to_be_seen_stays_so",
        changes=[
            Change(
                "backend/records/visibility/release_rules.py",
                old="""\
    if seen:
        return VISIBLE
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="release_with_report",
        breaks="measurements are shown before the report they belong to",
        test="tests/records/lifecycle/release/test_by_time.py::test_measurements_wait_for_the_report_that_comes_after_them",
        changes=[
            Change(
                "backend/records/visibility/release_rules.py",
                old="""\
    return WAITS if reports_seen else alone
""",
                new="""\
    return alone
""",
            ),
        ],
    ),
]
