"""What breaks the rules that hold records by law, and the masks."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="restricted_clause_end",
        breaks="a phrase goes over the comma between two words, and hides what has nothing to do with it",
        test="tests/records/visibility/test_phrases.py::test_a_phrase_is_in_the_class_that_its_author_said",
        changes=[
            Change(
                "backend/records/visibility/phrase_rules.py",
                old="""\
        elif run:
            found.append(_clause(run))
""",
                new="""\
        elif run and part == ".":
            found.append(_clause(run))
""",
            ),
        ],
    ),
    Mutant(
        name="restricted_unseen",
        breaks="a soft hyphen or a zero-width sign within a word opens a restricted record",
        test="tests/records/visibility/test_phrases.py::test_a_phrase_is_in_the_class_that_its_author_said",
        changes=[
            Change(
                "backend/records/visibility/phrase_rules.py",
                old="""\
        text = normalize("NFKC", _UNSEEN.sub("", text)).translate(LATIN)
""",
                new="""\
        text = normalize("NFKC", text).translate(LATIN)
""",
            ),
        ],
    ),
    Mutant(
        name="restricted_unaccented",
        breaks="what a hospital writes without accents is not restricted",
        test="tests/records/visibility/test_phrases.py::test_a_phrase_is_in_the_class_that_its_author_said",
        changes=[
            Change(
                "backend/records/visibility/phrase_rules.py",
                old="""\
        yield from _all_of(self._plain if clause.plain else self._accented, clause.words)
""",
                new="""\
        yield from _all_of(self._accented, clause.words)
""",
            ),
        ],
    ),
    Mutant(
        name="restricted_unless",
        breaks="a department of nerves counts as one of psychiatry",
        test="tests/records/visibility/test_phrase_rules.py::test_a_longer_phrase_that_means_something_else_covers_one_place_and_no_other",
        changes=[
            Change(
                "backend/records/visibility/phrase_rules.py",
                old="""\
                    if not any(first <= begin and end <= last for first, last in self._not(clause)):
""",
                new="""\
                    if begin <= end:
""",
            ),
        ],
    ),
    Mutant(
        name="restricted_system",
        breaks="a bed of a hospital's own system is taken for a diagnosis",
        test="tests/records/visibility/test_restriction.py::test_ranges_of_icd_10",
        changes=[
            Change(
                "backend/records/visibility/restriction_rules.py",
                old="""\
    found = [_CODE.match(code.upper()) for system, code in said if system.lower() in ICD10]
""",
                new="""\
    found = [_CODE.match(code.upper()) for system, code in said if system or code]
""",
            ),
        ],
    ),
    Mutant(
        name="mask_spellings",
        breaks="the sex of a fetus is shown where its words have two blanks or a line end",
        test="tests/records/visibility/test_restriction.py::test_the_sex_of_a_fetus_is_masked_and_nothing_else",
        changes=[
            Change(
                "backend/records/visibility/spelling_rules.py",
                old="""\
    read = folded(text)
    for pattern in patterns:
""",
                new="""\
    read = Folded(text, [0], [0])
    for pattern in patterns:
""",
            ),
        ],
    ),
    Mutant(
        name="mask_composed",
        breaks="the sex of a fetus is shown in a file with decomposed letters",
        test="tests/intake/files/test_restricted_files.py::test_a_text_is_masked_in_every_spelling_and_else_stays_as_it_came",
        changes=[
            Change(
                "backend/intake/fhir/resources/attachment.py",
                old="""\
    text = normalize("NFC", body.decode())
""",
                new="""\
    text = body.decode()
""",
            ),
        ],
    ),
    Mutant(
        name="allergy_restricted",
        breaks="an allergy to a restricted medicine is hidden from its own patient",
        test="tests/intake/fhir/test_restricted.py::test_an_allergy_is_never_hidden_from_its_own_patient",
        changes=[
            Change(
                "backend/schema/repeatable/row_security.py",
                old="""\
    return f"{OWN} OR {STEPPED_UP}" if table in ALWAYS_OWN else STEPPED_UP
""",
                new="""\
    return STEPPED_UP if table else ""
""",
            ),
        ],
    ),
    Mutant(
        name="decided_without_itself",
        breaks="a record of a class that is never shown is shown, as one that only mentions it",
        test="tests/records/visibility/test_decided.py::test_facts_of_a_record_decide_together_with_what_it_is_itself",
        changes=[
            Change(
                "backend/records/visibility/restriction_rules.py",
                old="""\
            ("class", facts, itself),
""",
                new="""\
            ("class", facts),
""",
            ),
        ],
    ),
    Mutant(
        name="decided_with_the_facts",
        breaks="words of patients stay in memory as the names of what was decided",
        test="tests/records/visibility/test_decided.py::test_no_word_of_the_facts_is_kept",
        changes=[
            Change(
                "backend/records/visibility/decided.py",
                old="""\
        digest = blake2b(_ENCODER.encode(facts), digest_size=_BYTES, key=self._key).digest()
""",
                new="""\
        digest = _ENCODER.encode(facts)
""",
            ),
        ],
    ),
    Mutant(
        name="decided_without_end",
        breaks="free texts fill the memory of a process: every decision is kept",
        test="tests/records/visibility/test_decided.py::test_a_thousand_sets_of_facts_leave_no_more_than_the_bound",
        changes=[
            Change(
                "backend/records/visibility/decided.py",
                old="""\
            self._kept.clear()
""",
                new="""\
            pass
""",
            ),
        ],
    ),
    Mutant(
        name="hash_of_an_open_circle",
        breaks="an upgrade reads records that name each other as changed, and tells their patients",
        test="tests/intake/fhir/test_content_hashes.py::test_content_has_the_hash_that_earlier_versions_stored",
        changes=[
            Change(
                "backend/intake/fhir/model/business_keys.py",
                old="""\
        if not self._open:
            self._hashes""",
                new="""\
        if entry:
            self._hashes""",
            ),
        ],
    ),
    Mutant(
        name="hash_of_a_file_by_its_address",
        breaks="a document whose file is another one counts as the same again",
        test="tests/intake/fhir/test_content_hashes.py::test_a_file_that_changes_makes_its_document_another_one",
        changes=[
            Change(
                "backend/intake/fhir/model/business_keys.py",
                old="""\
        return self.content_hash(file).hex() if file and file.kind == BINARY else ""
""",
                new="""\
        return url if file and file.kind == BINARY else ""
""",
            ),
        ],
    ),
]
