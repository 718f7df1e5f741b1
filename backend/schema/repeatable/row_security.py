"""Row-level policies: which rows each role may read and write, as second lock behind the gate.

Even a query without a WHERE gives nobody another's rows: intake meets its facility's rows, a reader
those of the charts that the session reaches, or the one that was named. The policies ask for the
session, its reach, the grant, step-up and release themselves, once a statement.
"""

from typing import Final

from backend.auth.rules import RecordClass
from backend.records.kinds import ALWAYS_OWN, KINDS, Kind
from backend.records.rules import TAKEN_BACK_FOR
from backend.schema.repeatable.gate import REACHES, STRONG, levels_of


def among(extent: str, levels: str, column: str = "patient") -> str:
    """Write that a row is of a chart that is open.

    Inside `coalesce` PostgreSQL takes it for no condition of an index, and for one that most rows
    pass: else it would gather all rows of a chart and sort them. The cast says that it is an array.
    """
    charts = f"(SELECT authorized_charts('{extent}', {levels}))::uuid[]"
    return f"coalesce({column} = ANY ({charts}), false)"


FROM_SUMMARY: Final = among("summary", STRONG)
FULL: Final = among("full", STRONG)
OWN: Final = among("own", STRONG)
INBOX: Final = among("own", REACHES)
"""Of a chart that is open: at all, whole, as one's own, or only as far as the inbox."""
STEPPED_UP: Final = among("restricted", STRONG)
"""Of a chart whose restricted records are open too. It is asked only where one is met."""


def _readable_by(kind: Kind) -> str:
    levels = levels_of(kind.record_class or RecordClass.CHANGES)
    return among("summary" if kind.in_summary_grant else "full", levels)


def _although_restricted(table: str) -> str:
    return f"{OWN} OR {STEPPED_UP}" if table in ALWAYS_OWN else STEPPED_UP


OPEN_TO: Final = {kind.table: _readable_by(kind) for kind in KINDS}
"""Each table of records, and how much must be open to whoever reads it."""

IN_SUMMARY: Final = frozenset(kind.table for kind in KINDS if kind.in_summary_grant)
LISTED_IN_SUMMARY: Final = ", ".join(f"'{table}'" for table in sorted(IN_SUMMARY))

_OF_FACILITY = """FOR ALL TO hub_intake
    USING (facility = hub_setting('hub.facility'))
    WITH CHECK (facility = hub_setting('hub.facility'));"""

RECORDS: Final = "".join(
    f"""
GRANT SELECT, INSERT, UPDATE ON {table} TO hub_intake;
GRANT SELECT ON {table} TO hub_patient;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON {table} FOR SELECT TO hub_patient USING (
    {open_charts} AND (restriction = '' OR {_although_restricted(table)})
    AND NOT hidden AND visible_from IS NOT NULL);
CREATE POLICY intake ON {table} {_OF_FACILITY}
"""
    for table, open_charts in OPEN_TO.items()
)

OF_FACILITY: Final = "".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY intake ON {table} {_OF_FACILITY}
"""
    for table in (
        "dose_rule",
        "received_event",
        "known_sender_id",
        "document_content",
        "party",
        "awaiting",
        "patient_merge",
    )
)

PEOPLE: Final = f"""
ALTER TABLE patient ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON patient FOR SELECT TO hub_patient USING ({among("summary", STRONG, "id")});
CREATE POLICY staff_and_intake ON patient FOR ALL TO hub_api, hub_intake, hub_worker
    USING (true) WITH CHECK (true);
ALTER TABLE patient_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON patient_change FOR SELECT TO hub_patient USING ({FROM_SUMMARY});
CREATE POLICY intake ON patient_change FOR ALL TO hub_intake USING (true) WITH CHECK (true);
"""

INBOXES: Final = "".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY inbox ON {table} FOR ALL TO hub_patient
    USING ({INBOX}) WITH CHECK ({INBOX});
CREATE POLICY sending ON {table} FOR ALL TO hub_api, hub_intake, hub_worker
    USING (true) WITH CHECK (true);
"""
    for table in ("notification", "delivery")
)
"""Nobody's grant opens an inbox."""

FILES: Final = f"""
CREATE POLICY reading ON document_content FOR SELECT TO hub_patient USING (
    {FULL}
    AND (EXISTS (SELECT FROM document d WHERE d.id = record)
         OR EXISTS (SELECT FROM result r WHERE r.id = record)));
"""
"""A file is open to whom its record is: the policies of `document` and `result` decide inside this
one."""

DOSES: Final = f"""
CREATE POLICY reading ON dose_rule FOR SELECT TO hub_patient USING ({FROM_SUMMARY});

ALTER TABLE facility_dose_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON facility_dose_hours FOR SELECT TO hub_patient USING (true);
CREATE POLICY operating ON facility_dose_hours FOR ALL TO hub_api USING (true) WITH CHECK (true);

ALTER TABLE patient_dose_hours ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON patient_dose_hours FOR SELECT TO hub_patient
    USING ({FROM_SUMMARY});
CREATE POLICY own ON patient_dose_hours FOR ALL TO hub_patient
    USING ({OWN}) WITH CHECK ({OWN});

ALTER TABLE dose_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON dose_note FOR SELECT TO hub_patient USING (
    {FULL} AND EXISTS (SELECT FROM medicine m WHERE m.id = medicine));
CREATE POLICY own ON dose_note FOR ALL TO hub_patient
    USING ({OWN} AND EXISTS (SELECT FROM medicine m WHERE m.id = medicine))
    WITH CHECK ({OWN} AND EXISTS (SELECT FROM medicine m WHERE m.id = medicine));
CREATE POLICY moving ON dose_note FOR ALL TO hub_intake
    USING (EXISTS (SELECT FROM medicine m WHERE m.id = medicine))
    WITH CHECK (EXISTS (SELECT FROM medicine m WHERE m.id = medicine));
"""
"""Hours are read by whoever reads the schedule. Notes are read by whoever reads the whole record,
of the medicines that are open to them; both are written by the patient alone.
A facility that merges two of its patients moves the notes with its medicines, and reads none."""

_UNLESS_READ: Final = "".join(
    f" AND (kind <> '{table}' OR NOT EXISTS (SELECT FROM {table} t WHERE t.id = record))"
    for table in sorted(ALWAYS_OWN)
)
"""One circle has readers to whom such a record is gone, and its own patient, who reads it on."""

TOMBSTONES: Final = f"""
ALTER TABLE tombstone ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON tombstone FOR SELECT TO hub_patient USING (
    {FROM_SUMMARY} AND (kind IN ({LISTED_IN_SUMMARY}) OR {FULL})
    AND restricted = ({STEPPED_UP}){_UNLESS_READ});
"""

TOMBSTONE_TRIGGERS: Final = """
CREATE FUNCTION write_tombstone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    always_own CONSTANT boolean := TG_ARGV[1];
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
            AND (for_restricted OR always_own OR OLD.restriction = '');
        is_seen := NOT NEW.hidden AND NEW.visible_from IS NOT NULL
            AND (for_restricted OR NEW.restriction = '');
        IF was_seen AND NOT is_seen THEN
            INSERT INTO tombstone (patient, kind, record, restricted, change_n)
            VALUES (NEW.patient, TG_ARGV[0], NEW.id, for_restricted, NEW.change_n)
            ON CONFLICT (record, restricted) DO UPDATE SET change_n = excluded.change_n;
        ELSIF is_seen AND (always_own OR NOT was_seen) THEN
            DELETE FROM tombstone WHERE record = NEW.id AND restricted = for_restricted;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER write_tombstone AFTER UPDATE ON {table} FOR EACH ROW
    WHEN ((OLD.hidden, OLD.visible_from IS NULL, OLD.restriction = '', OLD.patient)
          IS DISTINCT FROM
          (NEW.hidden, NEW.visible_from IS NULL, NEW.restriction = '', NEW.patient))
    EXECUTE FUNCTION write_tombstone('{table}', '{table in ALWAYS_OWN}');
"""
    for table in OPEN_TO
)
"""There are two circles of readers: those to whom restricted records are open just now, and those
to whom they are not. A record has a tombstone for each circle that could see it and no longer
can, and
none in a circle that sees it or never did: so that nobody learns of what was never theirs to see.
Of a kind that its own patient always reads, both circles could see it: a caregiver's app may hear
that there is no allergy with an id that it never heard of.
Another owner's circles begin anew, since a merge makes every app read all again."""

TAKEN_BACK: Final = f"""
CREATE FUNCTION hub_taken_back_appointments(charts uuid[])
    RETURNS TABLE (id uuid, facility uuid, status text, restriction text, happened_at timestamptz,
                   starts_at timestamptz, sequence integer, readable boolean, body text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT a.id, a.facility, a.status::text, a.restriction::text, a.happened_at,
                        a.starts_at, a.sequence, a.readable, a.body
      FROM appointment a
     WHERE a.patient = ANY (charts) AND {OPEN_TO["appointment"].replace("(patient", "(a.patient")}
       AND (a.restriction = '' OR {STEPPED_UP.replace("(patient", "(a.patient")})
       AND (a.held = 0 OR coalesce(a.patient = ANY ((SELECT hub_proven())::uuid[]), false))
       AND a.hidden AND a.visible_from IS NOT NULL
       AND a.taken_back_at > hub_clock() - interval '{TAKEN_BACK_FOR.days} days';
END $$;
REVOKE ALL ON FUNCTION hub_taken_back_appointments FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hub_taken_back_appointments TO hub_patient;
"""
"""Of appointments that turned out to be errors: what a calendar needs to cancel them, for whoever
could see them. No other reading meets them."""

SQL: Final = (
    RECORDS + OF_FACILITY + PEOPLE + INBOXES + FILES + DOSES + TOMBSTONES + TOMBSTONE_TRIGGERS
    + TAKEN_BACK
)  # fmt: skip
