"""Functions that open one patient's record to one reader, and a facility's rows to intake.

`hub_patient` and `hub_intake` are roles that nobody logs in as: the functions here step into
them, for the rest of a transaction.
"""

from typing import Final

SETTING: Final = """
CREATE FUNCTION hub_setting(name text) RETURNS uuid LANGUAGE sql STABLE
    RETURN nullif(current_setting(name, true), '')::uuid;
"""

REACH: Final = """
CREATE FUNCTION authorized_patient(OUT patient uuid, OUT scope text, OUT grant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
BEGIN ATOMIC
    SELECT s.patient, 'own', NULL::uuid FROM session s
     WHERE s.id = hub_setting('hub.session') AND s.patient = hub_setting('hub.patient')
       AND s.ended_at IS NULL AND s.expires_at > hub_clock()
    UNION ALL
    SELECT g.patient, g.scope::text, g.id FROM caregiver_grant g
      JOIN session s ON s.patient = g.caregiver
      JOIN patient p ON p.id = g.patient AND p.deceased_at IS NULL
      JOIN patient c ON c.id = g.caregiver AND c.deceased_at IS NULL
     WHERE s.id = hub_setting('hub.session') AND g.patient = hub_setting('hub.patient')
       AND s.ended_at IS NULL AND s.expires_at > hub_clock()
       AND g.ended_at IS NULL
       AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())
       AND (g.review_at IS NULL OR g.review_at > hub_clock())
    LIMIT 1;
END;
"""
"""Says what the session that was named may read of the patient that was named: whose record, how
much of it, and by which grant. A grant opens nothing once it was ended, is over, or waits for a
review. It ends with the life of either: an account outlives its owner in somebody's hand, and
nobody represents the dead."""

READING: Final = """
CREATE FUNCTION open_reading(the_session uuid, the_patient uuid, record_class text, from_where text,
                             levels text[] DEFAULT NULL, scopes text[] DEFAULT NULL)
    RETURNS TABLE (answer text, patient uuid, level text, scope text, grant_id uuid)
    LANGUAGE plpgsql AS $$
DECLARE
    the_reader uuid;
    the_owner uuid;
    the_level text;
    reach record;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT s.patient, s.level INTO the_reader, the_level FROM session s
     WHERE s.id = the_session AND s.ended_at IS NULL AND s.expires_at > hub_clock();
    IF the_reader IS NULL THEN
        RETURN QUERY SELECT 'not_signed_in', NULL::uuid, NULL::text, NULL::text, NULL::uuid;
        RETURN;
    END IF;
    the_owner := coalesce(the_patient, the_reader);
    PERFORM set_config('hub.session', the_session::text, true),
            set_config('hub.patient', the_owner::text, true);
    SELECT r.patient, r.scope, r.grant_id INTO reach FROM authorized_patient() r;
    IF reach.patient IS NULL OR NOT coalesce(reach.scope = ANY (scopes), scopes IS NULL) THEN
        RETURN QUERY SELECT 'not_found', the_owner, the_level, NULL::text, reach.grant_id; RETURN;
    END IF;
    IF NOT coalesce(the_level = ANY (levels), levels IS NULL) THEN
        RETURN QUERY SELECT 'stronger_sign_in_needed', the_owner, the_level, reach.scope,
        reach.grant_id;
        RETURN;
    END IF;
    INSERT INTO audit_event (actor_kind, actor, patient, action, subject, from_where)
         VALUES ('patient', the_reader, the_owner, open_reading.record_class, reach.grant_id,
                 open_reading.from_where);
    PERFORM set_config('role', 'hub_patient', true);
    RETURN QUERY SELECT 'open', the_owner, the_level, reach.scope, reach.grant_id;
END $$;
"""
"""`open_reading` is the one gate: it checks the session and the grant, writes the audit row, and
steps into `hub_patient`. Which levels and scopes open a class of records, `rules` says: the gate is
told, and decides before it writes down that anything was read."""

FILES: Final = """
CREATE FUNCTION read_file_piece(the_session uuid, the_patient uuid, the_record uuid,
                                the_place integer, the_file uuid, the_piece integer)
    RETURNS TABLE (file uuid, piece smallint, is_last boolean, body bytea)
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hub.session', the_session::text, true),
            set_config('hub.patient', the_patient::text, true),
            set_config('role', 'hub_patient', true);
    RETURN QUERY SELECT c.file, c.piece, c.is_last, c.body FROM document_content c
                  WHERE c.record = the_record AND c.place = the_place AND c.piece = the_piece
                    AND c.file = the_file AND c.patient = the_patient;
END $$;
"""
"""A large file is read piece by piece, with no transaction in between: each piece looks again at
the session, the grant and the policies. Who reads was written down where the file began."""

INTAKE: Final = """
CREATE FUNCTION open_intake(the_facility uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hub.facility', the_facility::text, true),
            set_config('role', 'hub_intake', true);
END $$;
"""

NEVER_WIDENS: Final = """
CREATE FUNCTION caregiver_grant_never_widens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.patient, NEW.caregiver, NEW.scope, NEW.kind, NEW.evidence, NEW.made_by,
        NEW.begins_at, NEW.ends_at, NEW.created_at)
       IS DISTINCT FROM
       (OLD.id, OLD.patient, OLD.caregiver, OLD.scope, OLD.kind, OLD.evidence, OLD.made_by,
        OLD.begins_at, OLD.ends_at, OLD.created_at)
       OR OLD.ended_at IS NOT NULL
       OR (NEW.review_at IS DISTINCT FROM OLD.review_at
           AND (NEW.review_at IS NULL OR OLD.review_at <= hub_clock()))
    THEN
        RAISE EXCEPTION 'a grant never widens by itself'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER never_widens BEFORE UPDATE ON caregiver_grant
    FOR EACH ROW EXECUTE FUNCTION caregiver_grant_never_widens();
"""
"""Also not by a mistake of ours: a grant's reach stands as it was made. A review still ahead may
move with a corrected birth date; one that is due stays due, and an end is for good."""

SQL: Final = SETTING + REACH + READING + FILES + INTAKE + NEVER_WIDENS
