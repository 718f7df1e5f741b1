"""What breaks the bounds on texts: of one record, of a page, a summary and a schedule."""

from mutants.mutant import Change, Mutant

READING = "tests/records/reading/test_long_texts.py"
INTAKE = "tests/intake/fhir/test_too_long.py"
PAGES = "backend/schema/repeatable/pages.py"

MUTANTS = [
    Mutant(
        name="page_without_bound",
        breaks="a page has all its rows, however long they are",
        test=f"{READING}::test_a_timeline_of_long_records_has_more_pages_and_all_rows",
        changes=[
            Change(
                PAGES,
                old="""\
OVER rows_before, 0) < {FULL_PAGE}"
""",
                new="""\
OVER rows_before, 0) < {FULL_PAGE} * 1000"
""",
            ),
        ],
    ),
    Mutant(
        name="list_share",
        breaks="a list takes long texts without a second look",
        test=f"{READING}::test_a_list_of_long_records_has_more_pages_and_all_rows",
        changes=[
            Change(
                PAGES,
                old="""\
    share = f" AND octet_length(t.{kind.text}) <= {2 * FULL_PAGE} / most"
""",
                new="""\
    share = ""
""",
            ),
        ],
    ),
    Mutant(
        name="row_that_does_not_fit",
        breaks="sync tells an app that a record is gone, which only did not fit on the page",
        test=f"{READING}::test_an_app_that_syncs_long_records_gets_all_and_loses_none",
        changes=[
            Change(
                "backend/core/http/pagination.py",
                old="""\
    return [row for row in rows[:limit] if row["fits"]]
""",
                new="""\
    return rows[:limit]
""",
            ),
        ],
    ),
    Mutant(
        name="record_of_any_size",
        breaks="intake stores what no patient can be shown",
        test=f"{INTAKE}::test_a_long_medicine_is_refused_with_its_place",
        changes=[
            Change(
                "backend/records/filing/filing.py",
                old="""\
    refuse_too_large(kind, content.path, own["body"], content.coded)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="report_of_any_size",
        breaks="measurements that fit one by one make a report that nobody can be shown",
        test=f"{INTAKE}::test_a_measurement_that_makes_its_report_too_long_is_refused",
        changes=[
            Change(
                "backend/records/filing/report_parts.py",
                old="""\
        if rows and (rows[0]["bytes"] or 0) > LARGEST_RECORD:
""",
                new="""\
        if not rows:
""",
            ),
        ],
    ),
    Mutant(
        name="unread_beyond_all_bounds",
        breaks="a body that no intake wrote is read, however long it is",
        test=f"{READING}::test_a_record_far_beyond_what_intake_stores_is_read_by_nobody",
        changes=[
            Change(
                "backend/schema/repeatable/readable.py",
                old="""\
    IF octet_length(said) > {2 * LARGEST_RECORD} OR NOT pg_input""",
                new="""\
    IF NOT pg_input""",
            ),
        ],
    ),
    Mutant(
        name="summary_of_any_size",
        breaks="a summary reads whatever stands in a record",
        test=f"{READING}::test_what_is_longest_is_missing_in_a_summary_which_says_so",
        changes=[
            Change(
                "backend/records/summary/collect.py",
                old="""\
k.id) <= {FULL_PAGE}"
""",
                new="""\
k.id) > 0"
""",
            ),
        ],
    ),
    Mutant(
        name="schedule_of_any_size",
        breaks="the words of a medicine stand beside a thousand doses, however long they are",
        test=f"{READING}::test_a_medicine_that_is_too_long_is_missing_in_a_schedule_which_says_so",
        changes=[
            Change(
                "backend/records/medication/schedule.py",
                old="""\
OVER shorter <= {FULL_PAGE}"
""",
                new="""\
OVER shorter > 0"
""",
            ),
        ],
    ),
]
