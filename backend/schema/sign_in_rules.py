"""What sign-in in full added to the database's own rules. The body of `m0004_sign_in_rules`."""

INDEXES = """
CREATE INDEX slip_live ON activation_slip (patient) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX desk_task_open ON desk_task (facility, id) WHERE done_at IS NULL;
CREATE INDEX challenge_recent ON sign_in_challenge (contact, created_at);
CREATE INDEX session_live ON session (patient) WHERE ended_at IS NULL;
"""

RIGHTS = """
GRANT SELECT ON hub_key TO hub_api, hub_worker;

GRANT SELECT, INSERT, UPDATE ON sign_in_account, activation_slip, desk_task, identity_link,
    vneid_sign_in, caregiver_invitation TO hub_api;
GRANT INSERT, UPDATE ON caregiver_grant, contact_point TO hub_api;
GRANT INSERT ON patient_lookup TO hub_api;
GRANT SELECT, INSERT, DELETE ON used_proof TO hub_api;

GRANT SELECT, INSERT ON desk_task TO hub_intake;
GRANT SELECT, UPDATE (review_at) ON caregiver_grant TO hub_intake;

GRANT SELECT, DELETE ON used_proof, sign_in_account TO hub_worker;
GRANT UPDATE (withheld) ON sign_in_challenge TO hub_worker;
GRANT SELECT ON caregiver_grant TO hub_worker;
"""
"""Staff and patients write what is theirs; the keys table is turned by its owner alone."""

GATE = """
CREATE OR REPLACE FUNCTION hub_readable(OUT patient uuid, OUT whole boolean)
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
       AND g.ended_at IS NULL
       AND g.begins_at <= hub_clock() AND (g.ends_at IS NULL OR g.ends_at > hub_clock())
       AND (g.review_at IS NULL OR g.review_at > hub_clock())
    ORDER BY 2 DESC
    LIMIT 1;
END;
"""
"""A grant opens nothing once it was ended, is over, or waits for a review."""
