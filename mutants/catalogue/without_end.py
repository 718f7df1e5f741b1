"""What breaks the bounds of what may come without end: framing, marks on a letter, phone fields."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="trailers_kept",
        breaks="headers behind a body are kept as long as they come",
        test="tests/core/http/test_greedy_callers.py::test_trailers_without_end_are_kept_by_nobody",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
        if self.head is not None:  # else it is a trailer: the head is read already
            super().on_header(name, value)
""",
                new="""\
        super().on_header(name, value)
""",
            ),
        ],
    ),
    Mutant(
        name="endless_framing",
        breaks="trailers and chunk extensions may come without end",
        test="tests/core/http/test_greedy_callers.py::test_a_chunk_extension_without_end_is_refused",
        changes=[
            Change(
                "backend/core/http/protocol.py",
                old="""\
            self.without_body += len(data)
""",
                new="""\
            self.without_body = 0
""",
            ),
        ],
    ),
    Mutant(
        name="many_marks",
        breaks="marks without end on one letter hold the loop while they are brought in order",
        test="tests/api/test_bodies.py::test_an_ambiguous_body_is_refused_before_anybody_reads_it",
        changes=[
            Change(
                "backend/core/http/strict_json.py",
                old="""\
        if are_marks and sum(1 for _ in letters) > MOST_MARKS:
""",
                new="""\
        if are_marks and sum(1 for _ in letters) > len(text):
""",
            ),
        ],
    ),
    Mutant(
        name="escaped_marks",
        breaks="marks that are escaped are not counted",
        test="tests/api/test_bodies.py::test_an_ambiguous_body_is_refused_before_anybody_reads_it",
        changes=[
            Change(
                "backend/core/http/strict_json.py",
                old="""\
        text = _unescaped(body, value)
""",
                new="""\
        _unescaped(body, value)
""",
            ),
        ],
    ),
    Mutant(
        name="long_phone_field",
        breaks="a field of megabytes is searched for phone numbers",
        test="tests/auth/phones/test_as_written.py::test_a_text_that_is_no_field_for_a_number_is_not_searched",
        changes=[
            Change(
                "backend/auth/phones/as_written.py",
                old="""\
    if len(written) > LONGEST:  # some letters stand for eighteen
        return
""",
                new="""\
""",
            ),
        ],
    ),
    Mutant(
        name="thousands_of_phones",
        breaks="thousands of phones of one person are read one after another",
        test="tests/intake/fhir/test_patient_in_use.py::test_of_thousands_of_phones_the_first_are_read_and_the_answer_says_so",
        changes=[
            Change(
                "backend/intake/fhir/resources/patient.py",
                old="""\
        patient.get("telecom", [])[:MOST_PHONES], key=lambda phone: phone.get("rank", 1_000_000)
""",
                new="""\
        patient.get("telecom", []), key=lambda phone: phone.get("rank", 1_000_000)
""",
            ),
        ],
    ),
]
