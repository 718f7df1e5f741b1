"""Who sees which record: released, not restricted or proved anew; and what is gone from whom.

Body of `m0145_visibility`.
"""

from backend.schema.kinds_rules import ANYTHING, KINDS, WHOLE

OPEN_TO = {
    "result": WHOLE, "observation": WHOLE, "appointment": ANYTHING, "medicine": ANYTHING,
    "document": WHOLE, **KINDS,
}  # fmt: skip
"""Each table of records, and how much must be open to whoever reads it."""

TABLES = """
ALTER TABLE session ADD COLUMN stepped_up_until timestamptz;
CREATE TABLE tombstone (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    patient uuid NOT NULL REFERENCES patient,
    kind varchar(20) NOT NULL,
    record uuid NOT NULL,
    restricted boolean NOT NULL,
    change_n bigint NOT NULL,
    CONSTRAINT tombstone_once UNIQUE (record, restricted));
""" + "".join(
    f"""
ALTER TABLE {table} ALTER COLUMN visible_from DROP NOT NULL, ADD COLUMN release_at timestamptz;
"""
    for table in OPEN_TO
)

STEP_UP = """
CREATE FUNCTION hub_restricted() RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public
BEGIN ATOMIC
    SELECT r.patient FROM hub_reach() r
      JOIN session s ON s.id = hub_setting('hub.session') AND s.stepped_up_until > hub_clock()
     WHERE r.scope <> 'summary';
END;
"""
"""Gives the patient whose restricted records are open too. It is asked only where one is met."""

POLICIES = "".join(
    f"""
ALTER POLICY reading ON {table} USING (
    patient = {whose} AND (restriction = '' OR patient = (SELECT hub_restricted()))
    AND NOT hidden AND visible_from IS NOT NULL);
CREATE INDEX {table}_changes ON {table} (patient, change_n, id);
CREATE INDEX {table}_release ON {table} (release_at) WHERE release_at IS NOT NULL;
"""
    for table, whose in OPEN_TO.items()
)

_IN_SUMMARY = ", ".join(f"'{table}'" for table, whose in OPEN_TO.items() if whose == ANYTHING)

STONES = f"""
CREATE INDEX tombstone_changes ON tombstone (patient, change_n, record);
GRANT SELECT ON tombstone TO hub_patient;
ALTER TABLE tombstone ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON tombstone FOR SELECT TO hub_patient USING (
    patient = {ANYTHING} AND (kind IN ({_IN_SUMMARY}) OR patient = {WHOLE})
    AND restricted = ((SELECT hub_restricted()) IS NOT NULL));
"""

BURYING = """
CREATE FUNCTION hub_bury() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    for_restricted boolean;
    was_seen boolean;
    is_seen boolean;
BEGIN
    IF NEW.patient <> OLD.patient THEN
        DELETE FROM tombstone WHERE record = NEW.id;
        RETURN NULL;
    END IF;
    FOREACH for_restricted IN ARRAY ARRAY[false, true] LOOP
        was_seen := NOT OLD.hidden AND OLD.visible_from IS NOT NULL
            AND (for_restricted OR OLD.restriction = '');
        is_seen := NOT NEW.hidden AND NEW.visible_from IS NOT NULL
            AND (for_restricted OR NEW.restriction = '');
        IF was_seen AND NOT is_seen THEN
            INSERT INTO tombstone (patient, kind, record, restricted, change_n)
            VALUES (NEW.patient, TG_ARGV[0], NEW.id, for_restricted, NEW.change_n);
        ELSIF is_seen AND NOT was_seen THEN
            DELETE FROM tombstone WHERE record = NEW.id AND restricted = for_restricted;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER bury AFTER UPDATE ON {table} FOR EACH ROW
    WHEN ((OLD.hidden, OLD.visible_from IS NULL, OLD.restriction = '', OLD.patient)
          IS DISTINCT FROM
          (NEW.hidden, NEW.visible_from IS NULL, NEW.restriction = '', NEW.patient))
    EXECUTE FUNCTION hub_bury('{table}');
"""
    for table in OPEN_TO
)
"""There are two circles of readers: those to whom restricted records are open just now, and those
to whom they are not. A record has a stone for each circle that could see it and no longer can, and
none in a circle that sees it or never did: so that nobody learns of what was never theirs to see.
Another owner's circles begin anew, since a merge makes every app read all again."""

VISIBILITY = TABLES + STEP_UP + POLICIES + STONES + BURYING
