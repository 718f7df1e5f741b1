"""What would name a relative, count a medicine as given, or tell what nobody may be told."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="error_in_another_code",
        breaks="what was entered in error is shown where a local code stands before FHIR's word",
        test="tests/intake/fhir/test_status_words.py::test_what_was_entered_in_error_is_so_in_every_spelling",
        changes=[
            Change(
                "backend/intake/fhir/resources/clinical.py",
                old="""\
    return next((word for word in words if word in known), code_of(concept))
""",
                new="""\
    return code_of(concept)
""",
            ),
        ],
    ),
    Mutant(
        name="relative_named",
        breaks="the narrative of a family's history, which may name the relative, is shown",
        test="tests/intake/fhir/test_further_kinds.py::test_who_a_relative_is_stands_nowhere",
        changes=[
            Change(
                "backend/intake/fhir/further_kinds/family_history.py",
                old="""\
        note=notes_of(resource),
        relation=""",
                new="""\
        note=resource.get("text", {}).get("div"),
        relation=""",
            ),
        ],
    ),
    Mutant(
        name="relative_answers",
        breaks="the answer to a question of a form names a relative",
        test="tests/intake/fhir/test_further_kinds.py::test_an_answer_never_names_a_relative",
        changes=[
            Change(
                "backend/intake/fhir/further_kinds/filled_form.py",
                old="""\
    if kinds & PRIVATE:
""",
                new="""\
    if not kinds:
""",
            ),
        ],
    ),
    Mutant(
        name="sex_in_a_form",
        breaks="a form tells what no patient may be told",
        test="tests/intake/fhir/test_further_kinds.py"
        "::test_what_no_patient_may_be_told_is_left_out_with_all_below_it",
        changes=[
            Change(
                "backend/intake/fhir/further_kinds/filled_form.py",
                old="""\
        if is_never_shown({"code": _about(item, answers, above)}):
            continue
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="not_given_is_given",
        breaks="a medicine that was not given has a dosage as if it was",
        test="tests/intake/fhir/test_medicines_given.py"
        "::test_what_was_not_given_says_so_before_its_dose",
        changes=[
            Change(
                "backend/intake/fhir/further_kinds/given_medicines.py",
                old="""\
    if caution is None or dosage is None:
""",
                new="""\
    if caution is not None or dosage is None:
""",
            ),
        ],
    ),
    Mutant(
        name="uncertain_dose_given",
        breaks="a dose is said although a part of it is not understood",
        test="tests/intake/fhir/test_medicines_given.py"
        "::test_a_dose_once_given_asks_nobody_how_often",
        changes=[
            Change(
                "backend/intake/fhir/dosage/given_words.py",
                old="""\
        known = [piece for piece in known if not piece.is_amount and not piece.is_timing]
""",
                new="",
            ),
        ],
    ),
]
