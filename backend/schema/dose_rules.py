"""What the medicine schedule added: plans instead of times a day, hours, notes on doses.

Body of `m0150_doses`.
"""

from backend.schema.kinds_rules import ANYTHING, WHOLE

_OWN = "(SELECT r.patient FROM hub_reach() r WHERE r.scope = 'own')"
_HOURS = """morning time NOT NULL, noon time NOT NULL, afternoon time NOT NULL,
    evening time NOT NULL, CHECK (morning < noon AND noon < afternoon AND afternoon < evening)"""

TABLES = f"""
ALTER TABLE medicine
    ADD COLUMN starts_at timestamptz,
    ADD COLUMN replaces_key text NOT NULL DEFAULT '',
    ADD COLUMN replaces_local_id text NOT NULL DEFAULT '',
    ADD COLUMN replaced_by uuid,
    ADD COLUMN replaced_from timestamptz;
CREATE INDEX medicine_replacing ON medicine (patient)
    WHERE replaces_key <> '' OR replaces_local_id <> '';

ALTER TABLE dose_rule
    ADD COLUMN plan text, ADD COLUMN since timestamptz, ADD COLUMN until timestamptz;

CREATE TABLE facility_dose_hours (facility uuid PRIMARY KEY REFERENCES facility, {_HOURS});
CREATE TABLE patient_dose_hours (patient uuid PRIMARY KEY REFERENCES patient, {_HOURS});
CREATE TABLE dose_note (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    patient uuid NOT NULL REFERENCES patient,
    medicine uuid NOT NULL REFERENCES medicine,
    dose text NOT NULL,
    day date NOT NULL,
    state varchar(8) NOT NULL CHECK (state IN ('taken', 'skipped')),
    taken_at timestamptz,
    noted_at timestamptz NOT NULL DEFAULT hub_clock(),
    CONSTRAINT dose_note_once UNIQUE (medicine, dose));
CREATE INDEX dose_note_of_patient ON dose_note (patient, day);
"""

PLANS = """
UPDATE dose_rule SET plan = json_build_array(json_build_object(
    'kind', 'wall-clock', 'zone', $1::text, 'every_days', every_days,
    'first_day', first_day, 'last_day', last_day, 'taken',
    (SELECT json_agg(json_build_object('amount', amount, 'part', p.part) ORDER BY p.n)
       FROM unnest(CASE times_a_day
                   WHEN 1 THEN ARRAY['morning'] WHEN 2 THEN ARRAY['morning', 'evening']
                   WHEN 3 THEN ARRAY['morning', 'noon', 'evening']
                   ELSE ARRAY['morning', 'noon', 'afternoon', 'evening'] END)
            WITH ORDINALITY AS p (part, n))))
"""
"""The same doses as before, as a plan in the zone they were meant in."""

SHAPE = """
ALTER TABLE dose_rule ALTER COLUMN plan SET NOT NULL,
    DROP COLUMN times_a_day, DROP COLUMN every_days, DROP COLUMN amount;
CREATE UNIQUE INDEX dose_rule_said_now ON dose_rule (medicine) WHERE until IS NULL;
"""
"""One plan at a time: the one before is ended, so no dose is there twice."""

RULES = f"""
GRANT SELECT ON facility_dose_hours TO hub_patient;
GRANT SELECT, INSERT, UPDATE, DELETE ON facility_dose_hours TO hub_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON patient_dose_hours, dose_note TO hub_patient;

ALTER TABLE facility_dose_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON facility_dose_hours FOR SELECT TO hub_patient USING (true);
CREATE POLICY operating ON facility_dose_hours FOR ALL TO hub_api USING (true) WITH CHECK (true);

ALTER TABLE patient_dose_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON patient_dose_hours FOR SELECT TO hub_patient
    USING (patient = {ANYTHING});
CREATE POLICY own ON patient_dose_hours FOR ALL TO hub_patient
    USING (patient = {_OWN}) WITH CHECK (patient = {_OWN});

ALTER TABLE dose_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON dose_note FOR SELECT TO hub_patient USING (
    patient = {WHOLE} AND EXISTS (SELECT FROM medicine m WHERE m.id = medicine));
CREATE POLICY own ON dose_note FOR ALL TO hub_patient
    USING (patient = {_OWN} AND EXISTS (SELECT FROM medicine m WHERE m.id = medicine))
    WITH CHECK (patient = {_OWN} AND EXISTS (SELECT FROM medicine m WHERE m.id = medicine));
GRANT SELECT (medicine), UPDATE (patient) ON dose_note TO hub_intake;
CREATE POLICY moving ON dose_note FOR ALL TO hub_intake
    USING (EXISTS (SELECT FROM medicine m WHERE m.id = medicine))
    WITH CHECK (EXISTS (SELECT FROM medicine m WHERE m.id = medicine));
"""
"""Hours are read by whoever reads the schedule. Notes are read by whoever reads the whole record,
of the medicines that are open to them; both are written by the patient alone.
A facility that merges two of its patients moves the notes with its medicines, and reads none."""
