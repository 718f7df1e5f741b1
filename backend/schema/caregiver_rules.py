"""What caregivers added to the database's own rules. The body of `m0060_caregivers`."""

TABLES = """
ALTER TABLE audit_event ALTER COLUMN result TYPE varchar(40);
ALTER TABLE caregiver_grant ADD COLUMN review_age integer;
ALTER TABLE caregiver_grant ADD CONSTRAINT caregiver_is_another CHECK (patient <> caregiver);
ALTER TABLE caregiver_grant ADD CONSTRAINT caregiver_scope CHECK (scope IN ('summary', 'full'));
CREATE UNIQUE INDEX caregiver_grant_live ON caregiver_grant (patient, caregiver)
    WHERE ended_at IS NULL;
CREATE INDEX caregiver_grant_review ON caregiver_grant (review_at) WHERE ended_at IS NULL;
"""
"""One grant at a time between two people: a new one takes the place of the old one."""

RIGHTS = """
REVOKE UPDATE ON caregiver_grant FROM hub_api;
GRANT UPDATE (ended_at, ended_by) ON caregiver_grant TO hub_api, hub_worker;
GRANT UPDATE (review_age) ON caregiver_grant TO hub_intake;
GRANT SELECT, INSERT, UPDATE (done_at, done_by, outcome) ON desk_task TO hub_worker;
"""
"""Nobody but the owner of the tables can change what a grant opens: it is ended, and made anew."""

NEVER_WIDENS = """
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

GATE = """
CREATE FUNCTION hub_reach(OUT patient uuid, OUT scope text, OUT grant_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
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

CREATE OR REPLACE FUNCTION hub_readable(OUT patient uuid, OUT whole boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT r.patient, r.scope <> 'summary' FROM hub_reach() r;
END;

DROP FUNCTION open_reading(uuid, uuid, text, text);
CREATE FUNCTION open_reading(the_session uuid, the_patient uuid, what text, from_where text)
    RETURNS TABLE (answer text, patient uuid, level text, scope text, grant_id uuid)
    LANGUAGE plpgsql AS $$
DECLARE
    who uuid;
    whose uuid;
    how text;
    reach record;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT s.patient, s.level INTO who, how FROM session s
     WHERE s.id = the_session AND s.ended_at IS NULL AND s.expires_at > hub_clock();
    IF who IS NULL THEN
        RETURN QUERY SELECT 'not_signed_in', NULL::uuid, NULL::text, NULL::text, NULL::uuid;
        RETURN;
    END IF;
    whose := coalesce(the_patient, who);
    PERFORM set_config('hub.session', the_session::text, true),
            set_config('hub.patient', whose::text, true);
    SELECT r.patient, r.scope, r.grant_id INTO reach FROM hub_reach() r;
    IF reach.patient IS NULL THEN
        RETURN QUERY SELECT 'not_found', who, how, NULL::text, NULL::uuid; RETURN;
    END IF;
    INSERT INTO audit_event (actor_kind, actor, patient, what, subject, from_where)
         VALUES ('patient', who, whose, open_reading.what, reach.grant_id,
                 open_reading.from_where);
    PERFORM set_config('role', 'hub_patient', true);
    RETURN QUERY SELECT 'open', whose, how, reach.scope, reach.grant_id;
END $$;
"""
"""The gate also says how much is open and by which grant. A grant ends with the life of either: an
account outlives its owner in somebody's hand, and nobody represents the dead."""

_ANYTHING = "(SELECT r.patient FROM hub_reach() r)"
_WHOLE = "(SELECT r.patient FROM hub_reach() r WHERE r.scope <> 'summary')"
_OWN = "(SELECT r.patient FROM hub_reach() r WHERE r.scope = 'own')"

POLICIES = (
    "".join(
        f"""
ALTER POLICY reading ON {table} USING (
    patient = {whose} AND (restriction = '' OR patient = {_WHOLE})
    AND NOT hidden AND visible_from <= hub_clock());
"""
        for table, whose in {
            "result": _WHOLE, "observation": _WHOLE,
            "appointment": _ANYTHING, "medicine": _ANYTHING,
        }.items()
    )
    + f"""
ALTER POLICY reading ON dose_rule USING (patient = {_ANYTHING});
ALTER POLICY reading ON patient_change USING (patient = {_ANYTHING});
ALTER POLICY reading ON patient USING (id = {_ANYTHING});
ALTER POLICY inbox ON notification USING (patient = {_OWN}) WITH CHECK (patient = {_OWN});
ALTER POLICY inbox ON delivery USING (patient = {_OWN}) WITH CHECK (patient = {_OWN});
"""
)  # fmt: skip
"""The second lock: a summary has no results in it, and nobody's grant opens an inbox. Policies ask
`hub_reach` itself; `hub_readable` is the same answer for those that were written before it."""
