"""What the limits on codes added to the database. The body of `m0030_code_limits`."""

TABLES = """
CREATE TABLE alarm (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    kind varchar(20) NOT NULL,
    about bytea NOT NULL DEFAULT '',
    times integer NOT NULL DEFAULT 1,
    raised_at timestamptz NOT NULL DEFAULT current_timestamp,
    CONSTRAINT alarm_once UNIQUE (kind, about)
);
CREATE TABLE code_text (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    account_hash bytea NOT NULL,
    number_hash bytea NOT NULL,
    prefix_hash bytea NOT NULL,
    due_at timestamptz NOT NULL DEFAULT current_timestamp
);
ALTER TABLE sign_in_account ADD COLUMN patient uuid;
"""

INDEXES = """
CREATE INDEX code_text_account ON code_text (account_hash, due_at);
CREATE INDEX code_text_number ON code_text (number_hash, due_at);
CREATE INDEX code_text_prefix ON code_text (prefix_hash, due_at);
CREATE INDEX code_text_due ON code_text (due_at);
CREATE INDEX challenge_by_time ON sign_in_challenge (created_at);
CREATE INDEX account_by_time ON sign_in_account (updated_at) WHERE patient IS NULL;
CREATE INDEX account_spent ON sign_in_account (failures)
    WHERE disabled_at IS NULL AND failures > 0;
"""

RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON alarm TO hub_api, hub_worker;
GRANT DELETE ON alarm TO hub_worker;
GRANT SELECT, INSERT, DELETE ON code_text TO hub_worker;
GRANT DELETE ON sign_in_challenge TO hub_worker;
GRANT UPDATE (disabled_at) ON sign_in_account TO hub_worker;
"""
"""Who was sent a code, and how often, only the worker knows: the API cannot even ask."""
