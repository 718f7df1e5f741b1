"""What breaks the policies, grants and the gate inside the database."""

from mutants.mutant import Change, Mutant

MUTANTS = [
    Mutant(
        name="dose_note_policy",
        breaks="a caregiver changes what the patient said of a dose",
        test="tests/records/medication/test_adherence.py::test_not_even_a_query_of_ours_lets_a_caregiver_write",
        changes=[
            Change(
                "backend/schema/repeatable/row_security.py",
                old="""\
    USING ({OWN} AND EXISTS (SELECT FROM medicine m WHERE m.id = medicine))
""",
                new="""\
    USING ({FULL} AND EXISTS (SELECT FROM medicine m WHERE m.id = medicine))
""",
            ),
        ],
    ),
    Mutant(
        name="ended_grant",
        breaks="an ended grant still opens the record",
        test="tests/matrix/test_matrix.py::test_an_endpoint_answers_everybody_as_the_table_says",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
     WHERE {SHOWN} AND {OPENS_GRANTS} AND g.ended_at IS NULL
""",
                new="""\
     WHERE {SHOWN} AND {OPENS_GRANTS}
""",
            ),
        ],
    ),
    Mutant(
        name="file_policy",
        breaks="the row-level policy of a file does not ask for its record",
        test="tests/intake/files/test_documents.py::test_the_database_itself_gives_a_file_only_with_its_record",
        changes=[
            Change(
                "backend/schema/repeatable/row_security.py",
                old="""\
    AND (EXISTS (SELECT FROM document d WHERE d.id = record)
""",
                new="""\
    AND (true OR EXISTS (SELECT FROM document d WHERE d.id = record)
""",
            ),
        ],
    ),
    Mutant(
        name="gate_level",
        breaks="a weak sign-in opens every class of records",
        test="tests/records/reading/test_pages.py::test_a_page_needs_the_level_that_the_table_says",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
        ELSIF one.strong THEN
""",
                new="""\
        ELSIF true THEN
""",
            ),
        ],
    ),
    Mutant(
        name="gate_session",
        breaks="the gate no longer looks whether the session was ended",
        test="tests/records/test_gate.py::test_a_session_that_was_ended_reads_nothing_more",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
LIVING: Final = "s.ended_at IS NULL AND s.expires_at > hub_clock()"
""",
                new="""\
LIVING: Final = "s.expires_at > hub_clock()"
""",
            ),
        ],
    ),
    Mutant(
        name="grant_review",
        breaks="a grant on a child opens on after the birthday it was to be looked at",
        test="tests/auth/caregivers/test_caregiver_reviews.py::test_the_night_before_the_seventh_birthday_it_is_open_and_then_no_more",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
       AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())
       AND (g.review_at IS NULL OR g.review_at > hub_clock())""",
                new="""\
       AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())""",
            ),
        ],
    ),
    Mutant(
        name="policy_intake",
        breaks="the row-level policy lets a hospital see what another sent",
        test="tests/records/test_gate.py::test_a_hospital_sees_nothing_of_another",
        changes=[
            Change(
                "backend/schema/repeatable/row_security.py",
                old="""\
    USING (facility = hub_setting('hub.facility'))
""",
                new="""\
    USING (true)
""",
            ),
        ],
    ),
    Mutant(
        name="policy_reading",
        breaks="the row-level policy lets a reader see every row",
        test="tests/records/test_gate.py::test_without_our_own_where_there_is_nothing_foreign",
        changes=[
            Change(
                "backend/schema/repeatable/row_security.py",
                old="""\
    {open_charts} AND (restriction = '' OR {_although_restricted(table)})
""",
                new="""\
    true AND (restriction = '' OR {_although_restricted(table)})
""",
            ),
        ],
    ),
    Mutant(
        name="policy_restricted",
        breaks="the policies show restricted records without a step-up",
        test="tests/records/visibility/test_visibility.py::test_a_record_is_gone_only_from_where_it_was_to_be_seen",
        changes=[
            Change(
                "backend/schema/repeatable/row_security.py",
                old="""\
    {open_charts} AND (restriction = '' OR {_although_restricted(table)})
""",
                new="""\
    {open_charts} AND true
""",
            ),
        ],
    ),
    Mutant(
        name="policy_unreleased",
        breaks="the policies show records that are not released",
        test="tests/records/visibility/test_visibility.py::test_a_record_is_gone_only_from_where_it_was_to_be_seen",
        changes=[
            Change(
                "backend/schema/repeatable/row_security.py",
                old="""\
    AND NOT hidden AND visible_from IS NOT NULL);
""",
                new="""\
    AND NOT hidden);
""",
            ),
        ],
    ),
    Mutant(
        name="reading_unwritten",
        breaks="a record is opened and nobody writes it down",
        test="tests/matrix/test_audit.py::test_what_an_app_has_already_counts_as_read",
        changes=[
            Change(
                "backend/schema/repeatable/gate.py",
                old="""\
    INSERT INTO audit_event (actor_kind, actor, patient, action, subject, from_where)
    SELECT 'patient', the_session, r.chart, open_reading.record_class, open_reading.grant_id,
           open_reading.from_where
      FROM unnest(reach) r (chart);
""",
                new="",
            ),
        ],
    ),
    Mutant(
        name="role_api",
        breaks="the API may read results without the gate",
        test="tests/records/test_gate.py::test_without_the_gate_there_is_nothing",
        changes=[
            Change(
                "backend/schema/repeatable/roles.py",
                old="""\
GRANT SELECT ON patient, patient_identifier, hub_key TO hub_api;
""",
                new="""\
GRANT SELECT ON result TO hub_api;
CREATE POLICY leak ON result FOR SELECT TO hub_api USING (true);
GRANT SELECT ON patient, patient_identifier, hub_key TO hub_api;
""",
            ),
        ],
    ),
    Mutant(
        name="role_worker",
        breaks="the worker's role may read results",
        test="tests/records/test_gate.py::test_the_worker_can_read_no_record",
        changes=[
            Change(
                "backend/schema/repeatable/roles.py",
                old="""\
GRANT SELECT (id, facility, active, language, deceased_at) ON patient TO hub_worker;
""",
                new="""\
GRANT SELECT ON result TO hub_worker;
GRANT SELECT (id, facility, active, language, deceased_at) ON patient TO hub_worker;
""",
            ),
        ],
    ),
]
