"""Functions that lock a patient during merges, and find the owner of a number."""

from typing import Final

SQL: Final = """
CREATE FUNCTION lock_owners(patients uuid[], identifiers uuid[])
    RETURNS TABLE (place integer, change_n bigint, owner uuid, homes uuid[])
    LANGUAGE plpgsql AS $$
DECLARE
    locked bigint;
BEGIN
    PERFORM FROM patient_change c WHERE c.patient = ANY (patients) ORDER BY c.patient FOR UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;
    IF locked < (SELECT count(DISTINCT p) FROM unnest(patients) p) THEN
        INSERT INTO patient_change (patient, n, epoch)
            SELECT DISTINCT p, 0, 0 FROM unnest(patients) p ORDER BY p ON CONFLICT DO NOTHING;
        PERFORM FROM patient_change c WHERE c.patient = ANY (patients)
            ORDER BY c.patient FOR UPDATE;
    END IF;
    RETURN QUERY
        SELECT w.place::integer, c.n, i.patient,
               ARRAY (SELECT DISTINCT coalesce(o.home, o.patient) FROM patient_identifier o
                      WHERE o.patient = i.patient ORDER BY 1)
        FROM unnest(patients, identifiers) WITH ORDINALITY w (patient, identifier, place)
        JOIN patient_change c ON c.patient = w.patient
        JOIN patient_identifier i ON i.id = w.identifier;
END $$;
"""
"""Who waited for the lock may have waited for a merge: the number's owner is read by a statement of
its own, which begins behind the lock and so sees what was committed meanwhile."""
