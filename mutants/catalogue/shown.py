"""What breaks that a record shows what it may, and is restricted by all that it shows."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="shown_texts",
        breaks="a restricted word in a text that is shown restricts nothing",
        test="tests/intake/fhir/test_shown_restricts.py::test_a_restricted_word_in_any_text_that_is_shown_restricts",
        changes=[
            Change(
                "backend/intake/fhir/model/texts_and_codes.py",
                old="""\
                if name in _TEXTS or name.endswith(_STRING):
""",
                new="""\
                if name in _TEXTS - {"comment"} or name.endswith(_STRING):
""",
            ),
        ],
    ),
    Mutant(
        name="shown_narrative",
        breaks="a restricted word of a narrative that names a record restricts nothing",
        test="tests/intake/fhir/test_nameless.py::test_a_restricted_word_of_a_narrative_that_is_shown_restricts",
        changes=[
            Change(
                "backend/intake/fhir/model/texts_and_codes.py",
                old="""\
        texts=(*found.texts, *filter(None, [narrative_instead(resource)])),
""",
                new="""\
        texts=tuple(found.texts),
""",
            ),
        ],
    ),
    Mutant(
        name="shown_relatives",
        breaks="a relative's name is written into a record",
        test="tests/intake/fhir/test_shown_by_name.py::test_neither_the_patient_nor_a_relative_is_named_in_a_record",
        changes=[
            Change(
                "backend/intake/fhir/resources/participants.py",
                old="""\
        if target.kind in PRIVATE:
""",
                new="""\
        if not target.kind:
""",
            ),
        ],
    ),
]
