"""What the further kinds of records added to the database's own rules (`m0090_kinds`)."""

ANYTHING = "(SELECT r.patient FROM hub_reach() r)"
WHOLE = "(SELECT r.patient FROM hub_reach() r WHERE r.scope <> 'summary')"

KINDS = {
    "visit": WHOLE, "condition": WHOLE, "allergy": ANYTHING, "immunisation": ANYTHING,
    "procedure": WHOLE, "imaging_study": WHOLE, "service_request": WHOLE,
    "medication_statement": WHOLE,
}  # fmt: skip
"""Each kind, and how much must be open to whoever reads it."""


def rules_for(table: str, whose: str) -> str:
    """Give a table of records its rights and its two locks; `whose` is who may read it."""
    return f"""
GRANT SELECT, INSERT, UPDATE ON {table} TO hub_intake;
GRANT SELECT ON {table} TO hub_patient;
CREATE INDEX {table}_of_patient ON {table} (patient, happened_at DESC, id DESC);
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON {table} FOR SELECT TO hub_patient USING (
    patient = {whose} AND (restriction = '' OR patient = {WHOLE})
    AND NOT hidden AND visible_from <= hub_clock());
CREATE POLICY intake ON {table} FOR ALL TO hub_intake
    USING (facility = hub_setting('hub.facility'))
    WITH CHECK (facility = hub_setting('hub.facility'));
"""


RULES = (
    "".join(rules_for(table, whose) for table, whose in KINDS.items())
    + """
GRANT SELECT, INSERT, UPDATE ON party TO hub_intake;
ALTER TABLE party ENABLE ROW LEVEL SECURITY;
CREATE POLICY intake ON party FOR ALL TO hub_intake
    USING (facility = hub_setting('hub.facility'))
    WITH CHECK (facility = hub_setting('hub.facility'));
"""
)
"""The two locks of every record: intake meets its facility's rows, a reader one patient's."""
