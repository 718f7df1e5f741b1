"""What merging needs of the database: what was said, whose a number is by right, a sure lock.

Body of `m0200_merging`.
"""

TABLES = """
ALTER TABLE patient_identifier ADD COLUMN home uuid REFERENCES patient;
CREATE TABLE patient_merge (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    facility uuid NOT NULL REFERENCES facility,
    patient uuid NOT NULL REFERENCES patient,
    into_patient uuid REFERENCES patient CHECK (into_patient <> patient),
    said_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT patient_merge_once UNIQUE (facility, patient));
CREATE INDEX patient_merge_into ON patient_merge (facility, into_patient);
"""

RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON patient_merge TO hub_intake;
ALTER TABLE patient_merge ENABLE ROW LEVEL SECURITY;
CREATE POLICY intake ON patient_merge FOR ALL TO hub_intake
    USING (facility = hub_setting('hub.facility'))
    WITH CHECK (facility = hub_setting('hub.facility'));
GRANT UPDATE (patient) ON document_content TO hub_intake;
GRANT UPDATE (ended_at, ended_why) ON session TO hub_intake;
GRANT UPDATE (push_token, push_token_hash) ON device TO hub_intake;
GRANT SELECT, UPDATE (revoked_at) ON activation_slip TO hub_intake;
"""
"""Beside the move itself: a file goes with its record, and an account that is empty is closed."""

LOCK = """
CREATE FUNCTION lock_owner(the_patient uuid, the_identifier uuid,
                           OUT change_n bigint, OUT owner uuid)
    LANGUAGE plpgsql AS $$
BEGIN
    SELECT c.n INTO change_n FROM patient_change c WHERE c.patient = the_patient FOR UPDATE;
    IF NOT FOUND THEN
        INSERT INTO patient_change (patient, n, epoch) VALUES (the_patient, 0, 0)
            ON CONFLICT DO NOTHING;
        SELECT c.n INTO change_n FROM patient_change c WHERE c.patient = the_patient FOR UPDATE;
    END IF;
    SELECT i.patient INTO owner FROM patient_identifier i WHERE i.id = the_identifier;
END $$;
"""
"""Who waited for the lock may have waited for a merge: the number's owner is read by a statement of
its own, which begins behind the lock and so sees what was committed meanwhile."""

MERGING = TABLES + RIGHTS + LOCK
