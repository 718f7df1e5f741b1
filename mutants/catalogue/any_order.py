"""What breaks how a record is completed by what comes after it."""

from mutants.mutant import Change, Mutant

LATE = "tests/any_order/test_rules_hold_late.py"
AT_ONCE = "tests/any_order/test_at_once.py"

MUTANTS = [
    Mutant(
        name="late_part_of_another",
        breaks="a report shows a measurement that came under its name for another chart",
        test=f"{LATE}::test_what_comes_later_under_that_id_for_another_chart_is_not_attached",
        changes=[
            Change(
                "backend/records/filing/report_parts.py",
                old="""\
        " WHERE r.facility = ANY($1) AND r.patient = ANY($2)"
""",
                new="""\
        " WHERE r.facility = ANY($1) AND $2::uuid[] IS NOT NULL"
""",
            ),
            Change(
                "backend/records/filing/report_parts.py",
                old="""\
    return is_own and shows_or_awaits(row, asked.names)
""",
                new="""\
    return bool(is_own or row) and shows_or_awaits(row, asked.names)
""",
            ),
        ],
    ),
    Mutant(
        name="late_member_of_another",
        breaks="a panel brings a measurement of another chart into a report",
        test=f"{LATE}::test_a_member_of_another_chart_is_not_attached_to_a_panel",
        changes=[
            Change(
                "backend/records/filing/report_parts.py",
                old="""\
        f" {_BYTES} AS bytes FROM observation WHERE facility = ANY($1) AND patient = ANY($2)"
""",
                new="""\
        f" {_BYTES} AS bytes FROM observation WHERE facility = ANY($1) AND $2::uuid[] IS NOT NULL"
""",
            ),
            Change(
                "backend/records/filing/report_parts.py",
                old="""\
    return is_own and not asked.names.isdisjoint(row["names"])
""",
                new="""\
    return bool(is_own or row) and not asked.names.isdisjoint(row["names"])
""",
            ),
        ],
    ),
    Mutant(
        name="file_of_another",
        breaks="a letter shows the file that came with another patient's records",
        test=f"{LATE}::test_a_file_that_is_another_patients_is_not_shown",
        changes=[
            Change(
                "backend/records/filing/blanks.py",
                old="""\
        if named is not None and named.patient in {None, patient}:
""",
                new="""\
        if named is not None:
""",
            ),
        ],
    ),
    Mutant(
        name="late_picture_shown",
        breaks="a picture of an unborn child is shown when it comes after its letter",
        test=f"{LATE}::test_a_picture_of_an_unborn_child_is_withheld_whatever_comes_first",
        changes=[
            Change(
                "backend/records/filing/files.py",
                old="""\
    return _withheld(whole) if come.withheld else whole
""",
                new="""\
    return whole
""",
            ),
        ],
    ),
    Mutant(
        name="withholding_forgotten",
        breaks="a file is shown when it comes after the department that withholds it",
        test=f"{LATE}::test_a_file_that_comes_after_its_department_is_withheld_too",
        changes=[
            Change(
                "backend/records/filing/blanks.py",
                old="""\
            replace(kept, withheld=kept.withheld or withheld)
""",
                new="""\
            kept
""",
            ),
        ],
    ),
    Mutant(
        name="late_name_restricts_nothing",
        breaks="a record stays open to everybody although a restricted department comes late",
        test=f"{LATE}::test_a_restricted_name_that_comes_late_takes_the_record_away_from_the_app",
        changes=[
            Change(
                "backend/records/named/waiters.py",
                old="""\
    waiter.restriction = strictest(waiter.restriction, filled_in.restriction)
""",
                new="""\
    waiter.restriction = strictest(waiter.restriction)
""",
            ),
        ],
    ),
    Mutant(
        name="late_secret_is_named",
        breaks="a prescription names the one in its place, which has become a secret",
        test=f"{LATE}::test_a_restricted_medicine_that_comes_late_is_named_by_no_other",
        changes=[
            Change(
                "backend/records/named/waiters.py",
                old="""\
    if restricted and table == "medicine":
""",
                new="""\
    if not waiters and table == "medicine":
""",
            ),
        ],
    ),
    Mutant(
        name="late_part_of_what_is_kept_back",
        breaks="a measurement that comes late is seen before the report that a doctor keeps back",
        test=f"{LATE}::test_a_measurement_of_a_report_that_is_kept_back_comes_late_and_is_kept_back",
        changes=[
            Change(
                "backend/intake/pipeline/record_writer.py",
                old="""\
    mentioned = _mentioned(events) | names_waited_for(known, contents)
""",
                new="""\
    mentioned = _mentioned(events)
""",
            ),
        ],
    ),
    Mutant(
        name="names_are_not_locked",
        breaks="a record and the name that it waits for, sent at once, never meet",
        test=f"{AT_ONCE}::test_two_that_complete_each_other_at_once_end_complete",
        changes=[
            Change(
                "backend/records/named/parties.py",
                old="""\
    if alone or missing:
""",
                new="""\
    if alone and not names.known.keys() >= alone and not own:
""",
            ),
        ],
    ),
    Mutant(
        name="told_before_it_is_whole",
        breaks="a report is told as ready while its measurements have not come, and corrected then",
        test=f"{LATE}::test_a_report_is_told_once_when_its_last_measurement_has_come",
        changes=[
            Change(
                "backend/records/filing/orders.py",
                old="""\
    waits = {row["id"] for row in results if complete[row["id"]] is False or row["missing"]}
""",
                new="""\
    waits = {row["id"] for row in results if complete[row["id"]] is False}
""",
            ),
        ],
    ),
    Mutant(
        name="part_of_another_of_the_set",
        breaks="a report shows a measurement of another patient whose message came at the same time",
        test="tests/intake/pipeline/test_records_in_sets.py::test_a_report_of_a_set_shows_no_measurement_of_another_patient",
        changes=[
            Change(
                "backend/records/filing/report_parts.py",
                old="""\
    return is_own and not asked.names.isdisjoint(row["names"])
""",
                new="""\
    return bool(is_own or row) and not asked.names.isdisjoint(row["names"])
""",
            ),
        ],
    ),
    Mutant(
        name="record_row_by_row",
        breaks="each measurement of a message is stored by a statement of its own",
        test="tests/intake/pipeline/test_statements.py::test_ten_times_as_many_measurements_ask_no_oftener",
        changes=[
            Change(
                "backend/records/row_writes.py",
                old="""\
AT_ONCE: Final = 500
""",
                new="""\
AT_ONCE: Final = 1
""",
            ),
        ],
    ),
]
