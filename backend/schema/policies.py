"""The database's own rules: the clock, who may touch which table, and the gate's functions.

This text is the body of the migration `m0002_rules`; later changes are migrations of their own.
"""

CLOCK = """
CREATE TABLE clock_offset (one boolean PRIMARY KEY DEFAULT true CHECK (one),
                           ahead interval NOT NULL DEFAULT '0');
INSERT INTO clock_offset DEFAULT VALUES;
GRANT SELECT ON clock_offset TO PUBLIC;
CREATE FUNCTION hub_clock() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
    RETURN clock_timestamp() + (SELECT ahead FROM clock_offset);
"""
"""Leases and due times are set and compared by this one clock. Tests move it; nobody else can."""

REFERENCE = """
CREATE SEQUENCE delivery_number;
GRANT USAGE ON SEQUENCE delivery_number TO hub_api, hub_intake, hub_worker;
CREATE FUNCTION hub_reference() RETURNS varchar LANGUAGE plpgsql AS $$
DECLARE
    letters CONSTANT text := 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
    n bigint := (nextval('delivery_number') * 17835037 + 9814072) % 28629151;
    text varchar := '';
BEGIN
    FOR _ IN 1..5 LOOP
        text := text || substr(letters, (n % 31)::int + 1, 1);
        n := n / 31;
    END LOOP;
    RETURN text;
END $$;
ALTER TABLE delivery ALTER COLUMN reference SET DEFAULT hub_reference();
"""
"""Five letters out of 31 that nobody mistakes for another, one after the other in an order that
looks random: 31^5 = 28,629,151 deliveries before one comes again."""

INDEXES = """
ALTER TABLE audit_event ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE audit_event ALTER COLUMN at SET DEFAULT clock_timestamp();
ALTER TABLE delivery_event ALTER COLUMN at SET DEFAULT hub_clock();
ALTER TABLE delivery ALTER COLUMN created_at SET DEFAULT hub_clock();
ALTER TABLE notification ALTER COLUMN created_at SET DEFAULT hub_clock();
CREATE INDEX audit_event_unsealed ON audit_event (id) WHERE place IS NULL;
CREATE UNIQUE INDEX patient_lookup_one_person ON patient_lookup (kind, hash) WHERE kind <> 'phone';
CREATE INDEX delivery_due ON delivery (lane, due_at) WHERE status = 'planned';
CREATE INDEX delivery_held ON delivery (due_at) WHERE status = 'held';
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE status = 'sending';
CREATE INDEX delivery_doubted ON delivery (next_look_at) WHERE status = 'in_doubt';
CREATE INDEX delivery_by_facility ON notification (facility, id);
CREATE INDEX challenge_untold ON sign_in_challenge (created_at) WHERE told_at IS NULL;
CREATE INDEX result_of_patient ON result (patient, happened_at DESC, id DESC);
CREATE INDEX observation_of_patient ON observation (patient, code, happened_at DESC);
CREATE INDEX appointment_of_patient ON appointment (patient, starts_at);
CREATE INDEX observation_by_reference ON observation (facility, local_id);
CREATE INDEX result_by_observation ON result USING gin (observation_keys);
CREATE INDEX received_event_waiting ON received_event (facility) WHERE outcome = 'quarantined';
"""

RIGHTS = """
GRANT USAGE ON SCHEMA public TO hub_api, hub_worker, hub_patient, hub_intake;

GRANT INSERT ON audit_event TO hub_api, hub_worker, hub_intake;
GRANT SELECT (at, actor_kind, actor, patient, what, why) ON audit_event TO hub_api;
GRANT SELECT ON audit_event TO hub_worker;
GRANT UPDATE (place, chain) ON audit_event TO hub_worker;

GRANT SELECT ON facility, facility_key, patient, patient_lookup, patient_identifier,
    contact_point, device, session, sign_in_challenge, caregiver_grant TO hub_api;
GRANT INSERT, UPDATE ON facility, facility_key, device, session, sign_in_challenge TO hub_api;
GRANT UPDATE (wrong_since, confirmed_at) ON contact_point TO hub_api;
GRANT SELECT, INSERT, UPDATE ON notification, delivery, attempt TO hub_api;
GRANT SELECT, INSERT ON delivery_event TO hub_api;
GRANT SELECT, INSERT, UPDATE ON staff, staff_session, number_report TO hub_api;

GRANT SELECT ON facility, device, session TO hub_intake;
GRANT SELECT, INSERT, UPDATE ON patient, patient_identifier, contact_point, received_event,
    patient_change, result, observation, appointment, medicine TO hub_intake;
GRANT SELECT, INSERT ON patient_lookup TO hub_intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON dose_rule TO hub_intake;
GRANT SELECT, INSERT, UPDATE ON notification, delivery TO hub_intake;
GRANT INSERT ON delivery_event TO hub_intake;

GRANT SELECT ON patient, patient_change, facility, result, observation, appointment, medicine,
    dose_rule TO hub_patient;
GRANT SELECT ON notification, delivery TO hub_patient;
GRANT UPDATE (read_at) ON notification TO hub_patient;
GRANT UPDATE (status, rank, delivered_at, ended_at) ON delivery TO hub_patient;
GRANT INSERT ON delivery_event TO hub_patient;

GRANT SELECT ON facility, device, session, contact_point, sign_in_challenge TO hub_worker;
GRANT SELECT (id, language, deceased_at) ON patient TO hub_worker;
GRANT SELECT (patient, facility, created_at) ON patient_identifier TO hub_worker;
GRANT UPDATE (push_token, push_token_hash) ON device TO hub_worker;
GRANT UPDATE (wrong_since) ON contact_point TO hub_worker;
GRANT UPDATE (code_hash, told_at) ON sign_in_challenge TO hub_worker;
GRANT SELECT, INSERT, UPDATE ON notification, delivery, attempt TO hub_worker;
GRANT INSERT ON delivery_event TO hub_worker;
"""
"""`hub_api` has no right on a record table and `hub_worker` has no SELECT on any: a forgotten gate
is «permission denied», not a leak."""

GATE = """
CREATE FUNCTION hub_setting(name text) RETURNS uuid LANGUAGE sql STABLE
    RETURN nullif(current_setting(name, true), '')::uuid;

CREATE FUNCTION hub_readable(OUT patient uuid, OUT whole boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT s.patient, true FROM session s
     WHERE s.id = hub_setting('hub.session') AND s.patient = hub_setting('hub.patient')
       AND s.ended_at IS NULL AND s.expires_at > hub_clock()
    UNION ALL
    SELECT g.patient, g.scope = 'full' FROM caregiver_grant g JOIN session s
        ON s.patient = g.caregiver
     WHERE s.id = hub_setting('hub.session') AND g.patient = hub_setting('hub.patient')
       AND s.ended_at IS NULL AND s.expires_at > hub_clock()
       AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())
    LIMIT 1;
END;

CREATE FUNCTION open_reading(the_session uuid, the_patient uuid, what text, from_where text)
    RETURNS TABLE (answer text, patient uuid, level text) LANGUAGE plpgsql AS $$
DECLARE
    who uuid;
    whose uuid;
    how text;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT s.patient, s.level INTO who, how FROM session s
     WHERE s.id = the_session AND s.ended_at IS NULL AND s.expires_at > hub_clock();
    IF who IS NULL THEN
        RETURN QUERY SELECT 'not_signed_in', NULL::uuid, NULL::text; RETURN;
    END IF;
    whose := coalesce(the_patient, who);
    PERFORM set_config('hub.session', the_session::text, true),
            set_config('hub.patient', whose::text, true);
    IF (SELECT r.patient FROM hub_readable() r) IS NULL THEN
        RETURN QUERY SELECT 'not_found', who, how; RETURN;
    END IF;
    INSERT INTO audit_event (actor_kind, actor, patient, what, from_where)
         VALUES ('patient', who, whose, open_reading.what, open_reading.from_where);
    PERFORM set_config('role', 'hub_patient', true);
    RETURN QUERY SELECT 'open', whose, how;
END $$;

CREATE FUNCTION open_intake(the_facility uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('hub.facility', the_facility::text, true),
            set_config('role', 'hub_intake', true);
END $$;
"""
"""`open_reading` is the one gate: it checks the session and the grant, writes the audit row, and
steps into `hub_patient` for the rest of the transaction."""

_RECORDS = ("result", "observation", "appointment", "medicine")

POLICIES = (
    "".join(
        f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON {table} FOR SELECT TO hub_patient USING (
    patient = (SELECT r.patient FROM hub_readable() r)
    AND (restriction = '' OR (SELECT r.whole FROM hub_readable() r))
    AND NOT hidden AND visible_from <= hub_clock());
CREATE POLICY intake ON {table} FOR ALL TO hub_intake
    USING (facility = hub_setting('hub.facility'))
    WITH CHECK (facility = hub_setting('hub.facility'));
"""
        for table in _RECORDS
    )
    + """
ALTER TABLE dose_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON dose_rule FOR SELECT TO hub_patient
    USING (patient = (SELECT r.patient FROM hub_readable() r));
CREATE POLICY intake ON dose_rule FOR ALL TO hub_intake
    USING (facility = hub_setting('hub.facility'))
    WITH CHECK (facility = hub_setting('hub.facility'));

ALTER TABLE received_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY intake ON received_event FOR ALL TO hub_intake
    USING (facility = hub_setting('hub.facility'))
    WITH CHECK (facility = hub_setting('hub.facility'));

ALTER TABLE patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON patient FOR SELECT TO hub_patient
    USING (id = (SELECT r.patient FROM hub_readable() r));
CREATE POLICY staff_and_intake ON patient FOR ALL TO hub_api, hub_intake, hub_worker
    USING (true) WITH CHECK (true);
ALTER TABLE patient_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON patient_change FOR SELECT TO hub_patient
    USING (patient = (SELECT r.patient FROM hub_readable() r));
CREATE POLICY intake ON patient_change FOR ALL TO hub_intake USING (true) WITH CHECK (true);
"""
    + "".join(
        f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY inbox ON {table} FOR ALL TO hub_patient
    USING (patient = (SELECT r.patient FROM hub_readable() r))
    WITH CHECK (patient = (SELECT r.patient FROM hub_readable() r));
CREATE POLICY sending ON {table} FOR ALL TO hub_api, hub_intake, hub_worker
    USING (true) WITH CHECK (true);
"""
        for table in ("notification", "delivery")
    )
)
"""The second lock: even a query without a WHERE gives nobody another's rows."""
