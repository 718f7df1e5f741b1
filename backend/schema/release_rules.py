"""Shows records when a facility's policy lets them be seen. Body of `m0230_release`."""

from backend.schema.visibility_rules import OPEN_TO

CAN_WAIT = (
    "result", "observation", "document", "visit", "condition", "immunisation", "procedure",
    "imaging_study", "service_request",
)  # fmt: skip
"""The tables of records that a policy may keep from being seen for a while."""

TABLES = """
CREATE TABLE release_policy (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    facility uuid NOT NULL REFERENCES facility,
    record_class varchar(80) NOT NULL,
    release varchar(10) NOT NULL CHECK (release ~ '^(at-once|clinician|never|[1-9][0-9]{0,4}h)$'),
    CONSTRAINT release_policy_once UNIQUE (facility, record_class));
GRANT SELECT, INSERT, UPDATE, DELETE ON release_policy TO hub_api;
GRANT SELECT ON release_policy TO hub_intake;
ALTER TABLE waiting ADD COLUMN until_released boolean NOT NULL DEFAULT false;
ALTER TABLE notification ADD COLUMN kept_back boolean NOT NULL DEFAULT false;
CREATE INDEX notification_subject ON notification (subject);
DROP INDEX waiting_due_at;
CREATE INDEX waiting_due ON waiting (due_at) WHERE NOT until_released;
""" + "".join(
    f"""
ALTER TABLE {table} ADD COLUMN kept_back boolean NOT NULL DEFAULT false,
    ADD COLUMN finished_at timestamptz;
"""
    for table in OPEN_TO
)

UNSEEN = "".join(
    f"""
UPDATE {table} SET finished_at = coalesce(updated, visible_from);
CREATE INDEX {table}_unseen ON {table} (facility, patient) WHERE visible_from IS NULL;
"""
    for table in CAN_WAIT
)
"""For the command that counts what waits, and lets another policy hold for it. What was seen before
there was release is finished: a clinician may still keep it back."""

_DUE = " UNION ALL ".join(
    f"""
        (SELECT t.patient FROM {table} t
          WHERE t.release_at <= hub_clock() AND t.patient <> ALL (but)
          ORDER BY t.release_at LIMIT 100)"""
    for table in CAN_WAIT
)

NEXT = f"""
CREATE FUNCTION hub_due_for_release(but uuid[]) RETURNS TABLE (patient uuid, change_n bigint)
    LANGUAGE sql SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT c.patient, c.n FROM patient_change c
     WHERE c.patient IN (SELECT due.patient FROM ({_DUE}) due)
     LIMIT 1 FOR UPDATE OF c SKIP LOCKED;
END;
REVOKE ALL ON FUNCTION hub_due_for_release FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_due_for_release TO hub_worker;
"""
"""Locks the record of a patient of whom something is due. Whoever is being written about just now
is left for the next time: nobody waits for anybody."""

_SEEN = "SET visible_from = hub_clock(), release_at = NULL, change_n = the_n"
_SHOW_RESULTS = f"""
    RETURN QUERY WITH shown AS (
        UPDATE result t {_SEEN}
         WHERE t.patient = whose AND t.release_at <= hub_clock()
        RETURNING t.id, t.facility, t.observation_keys, t.hidden
    ), measured AS (
        UPDATE observation o {_SEEN} FROM shown s
         WHERE o.patient = whose AND o.facility = s.facility AND NOT s.hidden
           AND o.key = ANY (s.observation_keys) AND o.visible_from IS NULL
        RETURNING o.id
    ) SELECT s.id FROM shown s UNION ALL SELECT m.id FROM measured m;
    found_any := found_any OR FOUND;"""
_SHOW = _SHOW_RESULTS + "".join(
    f"""
    RETURN QUERY UPDATE {table} t {_SEEN}
     WHERE t.patient = whose AND t.release_at <= hub_clock() RETURNING t.id;
    found_any := found_any OR FOUND;"""
    for table in CAN_WAIT
    if table != "result"
)

SHOWING = f"""
CREATE FUNCTION hub_release_due(whose uuid, the_n bigint) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    found_any boolean := false;
BEGIN{_SHOW}
    IF found_any THEN
        UPDATE patient_change c SET n = the_n WHERE c.patient = whose AND c.n < the_n;
    END IF;
END $$;
REVOKE ALL ON FUNCTION hub_release_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_release_due TO hub_worker, hub_intake;
"""
"""Shows what is due of a patient, as one change, and gives the ids; with a report also what it
shows. The caller holds the patient's lock. The worker may show records and read none: of ids alone
it learns nothing."""

RELEASE = TABLES + UNSEEN + NEXT + SHOWING
