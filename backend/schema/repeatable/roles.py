"""Makes the roles of the database, and grants each its rights on every table.

Roles belong to the whole server: `ROLES` is run before any migration, by a login that may create
roles. All else is run as `hub_owner`.
"""

from typing import Final

from backend.core.crypto.key_ring import RING_LOCK

ROLES: Final = """
DO $$
DECLARE
    role_name text;
    login text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['hub_owner', 'hub_patient', 'hub_intake', 'hub_sealer'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
    END LOOP;
    FOREACH role_name IN ARRAY ARRAY['hub_api', 'hub_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', role_name);
        END IF;
    END LOOP;
    FOR role_name, login IN
        VALUES ('hub_patient', 'hub_api'), ('hub_intake', 'hub_api'), ('hub_sealer', 'hub_worker')
    LOOP
        IF (SELECT bool_and(set_option AND NOT inherit_option) FROM pg_auth_members
             WHERE roleid = role_name::regrole AND member = login::regrole) IS NOT TRUE THEN
            EXECUTE format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', role_name, login);
        END IF;
    END LOOP;
    IF NOT pg_has_role('hub_owner', 'SET') THEN
        GRANT hub_owner TO CURRENT_USER;
    END IF;
    IF NOT has_database_privilege('hub_owner', current_database(), 'CREATE') THEN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO hub_owner', current_database());
    END IF;
    IF NOT has_schema_privilege('hub_owner', 'public', 'CREATE')
       OR NOT has_schema_privilege('hub_owner', 'public', 'USAGE') THEN
        GRANT USAGE, CREATE ON SCHEMA public TO hub_owner;
    END IF;
END $$;
"""
"""`hub_owner` owns the tables and cannot log in. `hub_api` and `hub_worker` are what the processes
log in as. `hub_patient`, `hub_intake` and `hub_sealer` are only ever stepped into: by the gate, by
intake, and by the worker that seals the audit log.
What is there already is not granted again: a login that is only a member of `hub_owner` may not."""

API: Final = """
GRANT SELECT ON patient, patient_identifier, hub_key TO hub_api;
GRANT UPDATE (active) ON patient_identifier TO hub_api;
GRANT SELECT, INSERT, DELETE ON patient_lookup, used_proof TO hub_api;
GRANT SELECT, INSERT, UPDATE (late_after, suspended_at, let_go_at, first_texts_per_hour, discreet,
    base_url, stable_ids) ON facility TO hub_api;
GRANT SELECT, INSERT, UPDATE ON facility_key, contact_point, device, session, session_chart,
    sign_in_challenge,
    sign_in_pair, activation_slip, vneid_sign_in, caregiver_invitation TO hub_api;
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by) ON caregiver_grant TO hub_api;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON invited_chart TO hub_api;
GRANT SELECT, INSERT, UPDATE ON notification, delivery, alarm TO hub_api;
GRANT SELECT ON delivery_event, attempt TO hub_api;
GRANT SELECT (id, patient, facility, kind, received_event, sender_id, accepted_at, until_released)
    ON deferred_notice TO hub_api;
GRANT SELECT, INSERT, UPDATE (times) ON refusal_tally TO hub_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_place TO hub_api;
GRANT USAGE ON SEQUENCE delivery_number TO hub_api;
GRANT SELECT, INSERT, UPDATE ON staff, staff_session, number_report, desk_task, desk_number
    TO hub_api;
GRANT SELECT, INSERT, UPDATE (withdrawn_at) ON access_dispute TO hub_api;
GRANT SELECT, INSERT, UPDATE (lifted_at, lifted_by) ON lost_phone TO hub_api;
GRANT SELECT, INSERT, UPDATE (ended_at) ON chart_hold TO hub_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON facility_dose_hours, release_policy TO hub_api;
GRANT SELECT, INSERT, UPDATE (meaning, main), DELETE ON facility_numbers TO hub_api;
GRANT SELECT (code_hash, sha256, printed_at, expires_at), INSERT ON printed_summary TO hub_api;
"""
"""No right on a table of records: a forgotten gate is «permission denied», not a leak. Nobody can
change or delete a printed summary, and the route that checks its code cannot read the patient.
Nobody but the owner of the tables can change what a grant opens: it is ended, and made anew."""

WORKER: Final = """
GRANT SELECT ON facility, session, session_chart, chart_hold, caregiver_grant, hub_key
    TO hub_worker;
GRANT SELECT (id, facility, active, language, deceased_at) ON patient TO hub_worker;
GRANT SELECT (patient, facility, created_at) ON patient_identifier TO hub_worker;
GRANT SELECT, UPDATE (push_token, push_token_hash) ON device TO hub_worker;
GRANT SELECT, UPDATE (wrong_since) ON contact_point TO hub_worker;
GRANT SELECT, UPDATE (code_hash, told_at, withheld), DELETE ON sign_in_challenge TO hub_worker;
GRANT SELECT, UPDATE (closed_until), DELETE ON sign_in_pair TO hub_worker;
GRANT UPDATE (level, stepped_up_until, tell_again_at) ON session_chart TO hub_worker;
GRANT SELECT ON activation_slip TO hub_worker;
GRANT SELECT, DELETE ON used_proof, refusal_tally, staff_place TO hub_worker;
GRANT UPDATE (ended_at, ended_by) ON caregiver_grant TO hub_worker;
GRANT SELECT, INSERT, DELETE ON sms_code, booked_text, reached_number, waiting_text TO hub_worker;
GRANT UPDATE (leaves) ON booked_text TO hub_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON alarm TO hub_worker;
GRANT SELECT, INSERT, UPDATE (done_at, done_by, outcome) ON desk_task TO hub_worker;
GRANT SELECT, INSERT, UPDATE ON notification, delivery TO hub_worker;
GRANT SELECT, INSERT (id, delivery, number, worker, claimed_at) ON attempt TO hub_worker;
GRANT SELECT, UPDATE, DELETE ON deferred_notice TO hub_worker;
GRANT SELECT (contact, undone_at) ON number_report TO hub_worker;
GRANT SELECT (id, used_at, objected_at) ON activation_slip TO hub_worker;
GRANT UPDATE (level) ON session_chart TO hub_worker;
GRANT USAGE ON SEQUENCE delivery_number TO hub_worker;
"""
"""No SELECT on a table of records. Who was sent a code or a text, and how often, only the worker
knows: the API cannot even ask."""

INTAKE: Final = """
GRANT SELECT ON facility, release_policy, hub_key TO hub_intake;
GRANT SELECT, UPDATE (push_token, push_token_hash) ON device TO hub_intake;
GRANT SELECT, UPDATE (ended_at, ended_why) ON session, session_chart TO hub_intake;
GRANT SELECT, UPDATE (revoked_at) ON activation_slip TO hub_intake;
GRANT SELECT, UPDATE (review_at, review_age, ended_at, ended_by) ON caregiver_grant TO hub_intake;
GRANT SELECT ON facility_numbers TO hub_intake;
GRANT SELECT, UPDATE (expires_at) ON sign_in_challenge TO hub_intake;
GRANT SELECT, INSERT, DELETE ON patient_lookup TO hub_intake;
GRANT SELECT, INSERT, UPDATE ON patient, patient_identifier, contact_point, patient_merge,
    patient_change, party TO hub_intake;
GRANT SELECT, INSERT,
    UPDATE (outcome, answer, reason, waits_for, backfilled)
    ON received_event TO hub_intake;
GRANT SELECT, INSERT ON known_sender_id TO hub_intake;
GRANT SELECT, INSERT, UPDATE (patient), DELETE ON document_content TO hub_intake;
GRANT SELECT, INSERT, UPDATE, DELETE ON dose_rule, deferred_notice, awaiting TO hub_intake;
GRANT SELECT (medicine), UPDATE (patient) ON dose_note TO hub_intake;
GRANT SELECT, INSERT, UPDATE ON notification, delivery TO hub_intake;
GRANT SELECT, INSERT, UPDATE (done_at, done_by, outcome) ON desk_task TO hub_intake;
GRANT SELECT (contact, undone_at) ON number_report TO hub_intake;
GRANT USAGE ON SEQUENCE delivery_number TO hub_intake;
"""
"""A cancelled number stays in the history, and nobody is found by it any more. A merge moves files,
notes on doses and phones; a chart that has no number left is closed."""

PATIENT: Final = """
GRANT SELECT ON facility, facility_dose_hours, patient, patient_change, tombstone, dose_rule,
    document_content TO hub_patient;
GRANT SELECT, INSERT, UPDATE, DELETE ON patient_dose_hours, dose_note TO hub_patient;
GRANT SELECT, UPDATE (read_at) ON notification TO hub_patient;
GRANT SELECT, UPDATE (status, rank, delivered_at, ended_at) ON delivery TO hub_patient;
"""

HISTORY: Final = """
GRANT INSERT (delivery, status, source, code) ON delivery_event
    TO hub_api, hub_worker, hub_intake, hub_patient;
GRANT UPDATE (answered_at, outcome, provider_id, code) ON attempt TO hub_api, hub_worker;
"""
"""What became of a message is added to, never written again: neither its time nor its claim."""

EVERYBODY: Final = "GRANT SELECT ON clock_offset TO PUBLIC;"

KEYS: Final = f"""
CREATE FUNCTION hub_data_keys() RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({RING_LOCK});
    RETURN (SELECT array_agg(name::text) FROM hub_key
             WHERE purpose = 'data' AND (ends_at IS NULL OR ends_at > hub_clock()));
END $$;
"""
"""Two statements in one function: the second sees what whoever held the lock has committed."""

SQL: Final = API + WORKER + INTAKE + PATIENT + HISTORY + EVERYBODY + KEYS
"""The rights on the tables of records stand in `row_security`, beside their policies."""
