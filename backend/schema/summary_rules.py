"""What the summary added to the database: the senders' codes, and what was printed.

Body of `m0160_summary`.
"""

from backend.schema.visibility_rules import OPEN_TO

CODED = "".join(
    f"ALTER TABLE {table} ADD COLUMN coded text NOT NULL DEFAULT '';\n" for table in OPEN_TO
)

PRINTED = """
CREATE TABLE printed_summary (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    code_hash bytea NOT NULL UNIQUE,
    patient uuid NOT NULL REFERENCES patient,
    printed_by uuid NOT NULL,
    sha256 bytea NOT NULL,
    facilities uuid[] NOT NULL,
    language varchar(2) NOT NULL,
    printed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL);
CREATE INDEX printed_summary_of_patient ON printed_summary (patient);
GRANT INSERT ON printed_summary TO hub_api;
GRANT SELECT (code_hash, sha256, printed_at, expires_at) ON printed_summary TO hub_api;
"""
"""Nobody can change or delete a row, and the door that checks a code cannot read whose it is."""

SUMMARY = CODED + PRINTED
