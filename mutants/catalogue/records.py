"""What breaks how records are filed, shown and put in order."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="as_of_is_no_news",
        breaks="a record that only came again later is told as a correction",
        test="tests/records/reading/test_as_of.py::test_what_changes_nothing_that_is_shown_tells_nobody_and_corrects_nothing",
        changes=[
            Change(
                "backend/records/filing/rendering.py",
                old="""\
_NOT_NEWS = frozenset({"people", "orderComplete", "asOf", "correctedAt"})
""",
                new="""\
_NOT_NEWS = frozenset({"people", "orderComplete"})
""",
            ),
        ],
    ),
    Mutant(
        name="calendar_restricted",
        breaks="a calendar that others store names the hospital of a restricted appointment",
        test="tests/records/reading/test_calendars.py::test_a_restricted_appointment_does_not_name_the_hospital",
        changes=[
            Change(
                "backend/records/reading/ical.py",
                old="""\
    words = (_SOMEWHERE if row["nameless"] else _AT).said_in(language)
""",
                new="""\
    words = _AT.said_in(language)
""",
            ),
        ],
    ),
    Mutant(
        name="dose_ends",
        breaks="a plan that was changed or stopped goes on beside the new one",
        test="tests/records/dosage/test_dosing.py::test_a_changed_plan_gives_each_of_its_days_once",
        changes=[
            Change(
                "backend/records/dosage/dosing.py",
                old="""\
        yield from (dose for dose, moment in found if plan.holds_at(moment))
""",
                new="""\
        yield from (dose for dose, _ in found)
""",
            ),
        ],
    ),
    Mutant(
        name="dose_replaced",
        breaks="a prescription that was replaced goes on alarming beside the new one",
        test="tests/records/filing/test_replaced.py::test_a_replacement_without_hours_ends_the_alarms_too",
        changes=[
            Change(
                "backend/records/medication/schedule.py",
                old="""\
    ends = [end for end in (row["until"], row["replaced_from"]) if end is not None]
""",
                new="""\
    ends = [end for end in (row["until"],) if end is not None]
""",
            ),
        ],
    ),
    Mutant(
        name="dose_words",
        breaks="a timing alarms although the doctor's words make it depend on something",
        test="tests/intake/fhir/test_dosage_words.py::test_no_alarm_contradicts_the_doctors_words",
        changes=[
            Change(
                "backend/records/dosage/timing.py",
                old="""\
    if words.depends or ends_first:
""",
                new="""\
    if ends_first:
""",
            ),
        ],
    ),
    Mutant(
        name="late_state",
        breaks="the same said later does not make older states old news",
        test="tests/intake/pipeline/test_any_order.py::test_what_is_newer_stays_and_what_was_taken_back_is_back[Condition]",
        changes=[
            Change(
                "backend/records/filing/filing.py",
                old="""\
        await _note_newer(kind, content, before)
""",
                new="""\
        pass
""",
            ),
        ],
    ),
    Mutant(
        name="none_known",
        breaks="a summary says «no allergies known» beside an allergy",
        test="tests/records/summary/test_rules.py::test_none_known_does_not_stand_beside_one_that_is_known",
        changes=[
            Change(
                "backend/records/summary/rules.py",
                old="""\
    return SectionContent(section, shown[:most], more=len(shown) > most, left_out=left_out)
""",
                new="""\
    return SectionContent(section, said[:most], more=len(shown) > most, left_out=left_out)
""",
            ),
        ],
    ),
    Mutant(
        name="order_waits",
        breaks="a result is told although its order is not complete",
        test="tests/intake/pipeline/test_orders.py::test_the_first_of_two_reports_waits_for_the_second",
        changes=[
            Change(
                "backend/records/filing/orders.py",
                old="""\
        open=frozenset(i for i, all_there in complete.items() if all_there is False) - silent,
""",
                new="""\
        open=frozenset(i for i, all_there in complete.items() if all_there is ...) - silent,
""",
            ),
        ],
    ),
    Mutant(
        name="print_over",
        breaks="the code of a printed summary is good for ever",
        test="tests/records/summary/test_printing.py::test_an_unknown_code_is_answered_like_one_that_is_over[no code]",
        changes=[
            Change(
                "backend/records/summary/prints.py",
                old="""\
        " WHERE code_hash = $1 AND expires_at > hub_clock()",
""",
                new="""\
        " WHERE code_hash = $1",
""",
            ),
        ],
    ),
    Mutant(
        name="same_again",
        breaks="the same content again is stored as a change",
        test="tests/intake/pipeline/test_same_again.py::test_the_same_again_changes_no_row",
        changes=[
            Change(
                "backend/records/filing/filing.py",
                old="""\
    if content.create_only or content.content_hash == before["content_hash"]:
""",
                new="""\
    if content.create_only:
""",
            ),
        ],
    ),
    Mutant(
        name="summary_restricted",
        breaks="after a step-up a summary to hand around has what is restricted",
        test="tests/records/summary/test_document.py::test_what_is_restricted_is_in_no_summary_even_after_a_step_up",
        changes=[
            Change(
                "backend/records/summary/collect.py",
                old="""\
        f" AND restriction = '' AND NOT hidden AND status IN ({_listed(statuses)})"
""",
                new="""\
        f" AND NOT hidden AND status IN ({_listed(statuses)})"
""",
            ),
        ],
    ),
    Mutant(
        name="timeline_to_come",
        breaks="what is still to come stands in a timeline as if it had happened",
        test="tests/records/reading/test_timeline.py::test_every_kind_stands_in_it_once_and_what_is_still_to_come_does_not",
        changes=[
            Change(
                "backend/schema/repeatable/pages.py",
                old="""\
                            ELSE least(before::timestamptz, until, hub_clock()) END;
""",
                new="""\
                            ELSE coalesce(least(before::timestamptz, until), 'infinity') END;
""",
            ),
        ],
    ),
    Mutant(
        name="trend_local_code",
        breaks="two hospitals' own codes that happen to be alike are one line",
        test="tests/records/reading/test_trends.py::test_a_code_without_a_system_is_of_its_hospital_only",
        changes=[
            Change(
                "backend/schema/repeatable/pages.py",
                old="""\
           AND (o.code NOT LIKE '|%' OR o.facility = meant.facility)
""",
                new="""\
           AND (o.code NOT LIKE '|%' OR true)
""",
            ),
        ],
    ),
    Mutant(
        name="trend_units",
        breaks="a trend draws one line through two units",
        test="tests/records/reading/test_trends.py::test_units_and_words_are_lines_of_their_own",
        changes=[
            Change(
                "backend/records/reading/trends.py",
                old="""\
        unit = _for_people(part.get("unit", _NULL))
""",
                new="""\
        unit = _NULL
""",
            ),
        ],
    ),
]
