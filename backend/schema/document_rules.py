"""What documents, files and waiting notices added to the database's own rules (`m0100`)."""

from backend.schema.kinds_rules import WHOLE, rules_for

RULES = (
    rules_for("document", WHOLE)
    + f"""
GRANT SELECT, INSERT, DELETE ON document_content TO hub_intake;
GRANT SELECT ON document_content TO hub_patient;
ALTER TABLE document_content ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE document_content ENABLE ROW LEVEL SECURITY;
CREATE POLICY reading ON document_content FOR SELECT TO hub_patient USING (
    patient = {WHOLE}
    AND (EXISTS (SELECT FROM document d WHERE d.id = record)
         OR EXISTS (SELECT FROM result r WHERE r.id = record)));
CREATE POLICY intake ON document_content FOR ALL TO hub_intake
    USING (facility = hub_setting('hub.facility'))
    WITH CHECK (facility = hub_setting('hub.facility'));

CREATE INDEX result_by_order ON result USING gin (orders);
CREATE INDEX observation_by_order ON observation USING gin (orders);
CREATE INDEX service_request_by_group ON service_request (facility, order_group)
    WHERE order_group <> '';

GRANT SELECT, INSERT, UPDATE, DELETE ON waiting TO hub_intake;
GRANT SELECT, UPDATE, DELETE ON waiting TO hub_worker;
"""
)
"""A file is open to whom its record is: the policies of `document` and `result` decide inside this
one. Bytes are kept as they came, since pictures do not get smaller."""
