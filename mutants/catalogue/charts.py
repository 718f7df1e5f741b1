"""What breaks telling the charts of a facility apart, and holding what a key brings before codes."""

from mutants.mutant import Change, Mutant

_REGISTERING = "tests/auth/registration/test_"
_HELD = "tests/records/lifecycle/test_held"

MUTANTS = [
    Mutant(
        name="chart_beyond",
        breaks="a registration finds another facility's chart by the citizen id",
        test=f"{_REGISTERING}registration.py::test_each_hospital_has_a_chart_of_its_own",
        changes=[
            Change(
                "backend/auth/identity/blind_index.py",
                old="""\
        " JOIN patient p ON p.id = l.patient AND p.facility = s.facility ORDER BY l.patient",
""",
                new="""\
        " JOIN patient p ON p.id = l.patient AND s.facility IS NOT NULL ORDER BY l.patient",
""",
            ),
            Change(
                "backend/auth/identity/demographics.py",
                old="""\
        f"{_READ} WHERE (id, facility) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))"
""",
                new="""\
        f"{_READ} WHERE id = ANY($1) AND $2::uuid[] IS NOT NULL"
""",
            ),
        ],
    ),
    Mutant(
        name="number_system",
        breaks="one value of two systems is one patient, who reads another's results",
        test=f"{_REGISTERING}numbers_of_a_hospital.py::test_one_value_of_two_systems_is_two_charts",
        changes=[
            Change(
                "backend/auth/identity/identifiers.py",
                old="""\
    return "chart-number", f"{facility}:{len(number.system)}:{number.system}:{number.value}"
""",
                new="""\
    return "chart-number", f"{facility}:{number.value}"
""",
            ),
        ],
    ),
    Mutant(
        name="number_undeclared",
        breaks="two people with one licence number become one chart",
        test=f"{_REGISTERING}numbers_of_a_hospital.py::test_a_number_that_two_charts_have_finds_nobody",
        changes=[
            Change(
                "backend/auth/registration/which_chart.py",
                old="""\
        if _speaks_for(number, charts[chart], said):
""",
                new="""\
        if charts[chart]:
""",
            ),
        ],
    ),
    Mutant(
        name="number_apart",
        breaks="a clerk types another's citizen id, and her app shows his results",
        test=f"{_REGISTERING}kept_apart.py::test_anothers_citizen_id_is_not_taken_for_a_new_chart",
        changes=[
            Change(
                "backend/auth/registration/which_chart.py",
                old="""\
    if owner is not None and not _are_two(charts[owner], said):
""",
                new="""\
    if owner is not None:
""",
            ),
        ],
    ),
    Mutant(
        name="number_moved",
        breaks="a registration that waited for a merge describes the chart that is gone",
        test="tests/records/lifecycle/test_merging_at_once.py::test_a_registration_that_waited_describes_whom_it_is_about_then",
        changes=[
            Change(
                "backend/auth/registration/locked_charts.py",
                old="""\
    if kept != found and tries:
""",
                new="""\
    if False and tries:
""",
            ),
        ],
    ),
    Mutant(
        name="held_from_codes",
        breaks="a code shows what was there before a key replaced the citizen id",
        test=f"{_HELD}.py::test_what_it_held_before_is_shown_to_codes_once_the_desk_has_agreed",
        changes=[
            Change(
                "backend/schema/repeatable/held.py",
                old="""\
PROVEN_BY: Final = "(c.proof IN ('slip', 'vneid') OR c.level IN ('desk', 'vneid'))"
""",
                new="""\
PROVEN_BY: Final = "(c.level <> 'found')"
""",
            ),
        ],
    ),
    Mutant(
        name="held_merge",
        breaks="whoever opened a chart reads what the hospital merges into it",
        test=f"{_HELD}_by_merges.py::test_what_a_merge_brings_where_somebody_reaches_it_is_held",
        changes=[
            Change(
                "backend/records/lifecycle/merge.py",
                old="""\
    await hold_brought(move.before, move.after, move.facility, records, own)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="held_left",
        breaks="a key merges a bound chart into a new one, and a thief's phone opens it",
        test=f"{_HELD}_by_merges.py::test_what_somebody_reached_is_held_where_a_merge_brings_it",
        changes=[
            Change(
                "backend/records/lifecycle/held.py",
                old="""\
    must_wait = await _is_reached([before, chart])
""",
                new="""\
    must_wait = await _is_reached([chart])
""",
            ),
        ],
    ),
    Mutant(
        name="chart_turn",
        breaks="who opens a chart while its citizen id is replaced reaches it afterwards",
        test=f"{_HELD}.py::test_who_opens_a_chart_meanwhile_is_before_the_change_or_behind_it",
        changes=[
            Change(
                "backend/auth/registration/chart_endings.py",
                old="""\
    await take_turn_alone(chart)
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="death_back",
        breaks="a laboratory's message without a word of death brings a dead patient's texts back",
        test=f"{_REGISTERING}life_of_a_chart.py::test_its_facility_takes_death_back",
        changes=[
            Change(
                "backend/intake/fhir/resources/patient.py",
                old="""\
    return whole and "deceasedDateTime" not in patient
""",
                new="""\
    return "deceasedDateTime" not in patient
""",
            ),
        ],
    ),
    Mutant(
        name="posted_id",
        breaks="engines that call every Patient pat-1 mix all of them",
        test="tests/intake/fhir/test_patient_names.py::test_engines_that_name_every_patient_alike_mix_nobody",
        changes=[
            Change(
                "backend/intake/fhir/resources/patient.py",
                old="""\
            *([Identifier(FHIR_ID, f"Patient/{entry.said_id}")] if entry.holds_id else []),
""",
                new="""\
            *([Identifier(FHIR_ID, f"Patient/{entry.said_id}")] if entry.said_id else []),
""",
            ),
        ],
    ),
]
