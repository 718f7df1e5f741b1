"""Functions that lock a patient during merges, and find the owner of a number."""

from typing import Final

SQL: Final = """
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
