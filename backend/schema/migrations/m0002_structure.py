"""Adds to the tables of the baseline what Piccolo has no word for: checks, defaults, indexes."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "baseline: checks, defaults, indexes"

CLOCK: Final = """
CREATE TABLE clock_offset (one boolean PRIMARY KEY DEFAULT true CHECK (one),
                           ahead interval NOT NULL DEFAULT '0');
INSERT INTO clock_offset DEFAULT VALUES;
"""
"""How far tests have moved the database's clock: one row, which nobody else changes."""

REPEATABLES: Final = """
CREATE TABLE applied_repeatable (name text PRIMARY KEY, sha256 text NOT NULL,
                                 applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
"""
"""Which files of `repeatable/` the rules of this database were written from."""

DELIVERY_NUMBER: Final = "CREATE SEQUENCE delivery_number;"

AUDIT: Final = """
ALTER TABLE audit_event ADD COLUMN written_by xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE audit_event ALTER COLUMN at SET DEFAULT clock_timestamp();
"""
"""An act has the time at which it is written, and the transaction that writes it."""

STORAGE: Final = "ALTER TABLE document_content ALTER COLUMN body SET STORAGE EXTERNAL;"
"""Bytes are kept as they came, since pictures do not get smaller."""

CHECKS: Final = """
ALTER TABLE caregiver_grant ADD CONSTRAINT caregiver_is_another CHECK (patient <> caregiver),
    ADD CONSTRAINT caregiver_scope CHECK (scope IN ('summary', 'full'));
ALTER TABLE facility_dose_hours
    ADD CHECK (morning < noon AND noon < afternoon AND afternoon < evening);
ALTER TABLE patient_dose_hours
    ADD CHECK (morning < noon AND noon < afternoon AND afternoon < evening);
ALTER TABLE dose_note ADD CHECK (state IN ('taken', 'skipped'));
ALTER TABLE patient_merge ADD CHECK (into_patient <> patient);
ALTER TABLE release_policy
    ADD CHECK (release ~ '^(at-once|clinician|never|[1-9][0-9]{0,4}h)$');
"""

ALWAYS_GIVEN: Final = {
    "alarm": "kind",
    "sms_code": "account_hash number_hash prefix_hash",
    "dose_note": "dose day state",
    "dose_rule": "plan",
    "facility_dose_hours": "morning noon afternoon evening",
    "patient_dose_hours": "morning noon afternoon evening",
    "printed_summary": "code_hash printed_by sha256 facilities language printed_at expires_at",
    "release_policy": "record_class release",
    "tombstone": "kind record restricted change_n",
}
"""Columns without a default. Piccolo gives one to every column that cannot be without a value."""

NO_DEFAULTS: Final = "".join(
    f"ALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT;\n"
    for table, columns in ALWAYS_GIVEN.items()
    for column in columns.split()
)

INDEXES: Final = """
CREATE UNIQUE INDEX access_dispute_once ON access_dispute (line) WHERE withdrawn_at IS NULL;
CREATE INDEX account_by_time ON sign_in_account (updated_at) WHERE patient IS NULL;
CREATE INDEX account_spent ON sign_in_account (failures)
    WHERE disabled_at IS NULL AND failures > 0;
CREATE INDEX audit_event_of_patient ON audit_event (patient, id DESC) WHERE patient IS NOT NULL;
CREATE INDEX audit_event_unsealed ON audit_event (id) WHERE place IS NULL;
CREATE UNIQUE INDEX caregiver_grant_live ON caregiver_grant (patient, caregiver)
    WHERE ended_at IS NULL;
CREATE INDEX caregiver_grant_review ON caregiver_grant (review_at) WHERE ended_at IS NULL;
CREATE INDEX challenge_by_time ON sign_in_challenge (created_at);
CREATE INDEX challenge_recent ON sign_in_challenge (contact, created_at);
CREATE INDEX challenge_untold ON sign_in_challenge (created_at) WHERE told_at IS NULL;
CREATE INDEX sms_code_account ON sms_code (account_hash, due_at);
CREATE INDEX sms_code_due ON sms_code (due_at);
CREATE INDEX sms_code_number ON sms_code (number_hash, due_at);
CREATE INDEX sms_code_prefix ON sms_code (prefix_hash, due_at);
CREATE INDEX delivery_by_facility ON notification (facility, id);
CREATE INDEX delivery_doubted ON delivery (next_listing_at) WHERE status = 'in_doubt';
CREATE INDEX delivery_due ON delivery (lane, due_at) WHERE status = 'planned';
CREATE INDEX delivery_held ON delivery (due_at) WHERE status = 'held';
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE status = 'sending';
CREATE INDEX desk_task_open ON desk_task (facility, id) WHERE done_at IS NULL;
CREATE UNIQUE INDEX desk_task_open_once ON desk_task (kind, subject) WHERE done_at IS NULL;
CREATE INDEX dose_note_of_patient ON dose_note (patient, day);
CREATE UNIQUE INDEX dose_rule_said_now ON dose_rule (medicine) WHERE until IS NULL;
CREATE INDEX medicine_replacing ON medicine (patient)
    WHERE replaces_key <> '' OR replaces_local_id <> '';
CREATE INDEX notification_inbox ON notification (patient, id);
CREATE INDEX notification_subject ON notification (subject);
CREATE UNIQUE INDEX patient_lookup_one_person ON patient_lookup (kind, hash) WHERE kind <> 'phone';
CREATE INDEX patient_merge_into ON patient_merge (facility, into_patient);
CREATE INDEX printed_summary_of_patient ON printed_summary (patient);
CREATE INDEX received_event_heard ON received_event (facility, received_at DESC);
CREATE INDEX received_event_waiting ON received_event (facility) WHERE outcome = 'quarantined';
CREATE INDEX service_request_by_group ON service_request (facility, order_group)
    WHERE order_group <> '';
CREATE INDEX session_live ON session (patient) WHERE ended_at IS NULL;
CREATE INDEX slip_live ON activation_slip (patient) WHERE used_at IS NULL AND revoked_at IS NULL;
CREATE INDEX tombstone_changes ON tombstone (patient, change_n, record);
CREATE INDEX deferred_notice_due ON deferred_notice (due_at) WHERE NOT until_released;

CREATE INDEX appointment_by_time ON appointment (patient, starts_at DESC, id DESC);
CREATE INDEX observation_by_time ON observation (patient, happened_at DESC, id DESC);
CREATE INDEX observation_alone ON observation (patient, happened_at DESC, id DESC)
    WHERE NOT reported;
CREATE INDEX observation_of_patient ON observation (patient, code, happened_at DESC);
CREATE INDEX observation_by_order ON observation USING gin (orders);
CREATE INDEX observation_by_reference ON observation (facility, local_id);
CREATE INDEX result_by_observation ON result USING gin (observation_keys);
CREATE INDEX result_by_order ON result USING gin (orders);
"""
"""A unique one says that there is one open thing at a time, however many ask for it at once."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (
            CLOCK, REPEATABLES, DELIVERY_NUMBER, AUDIT, STORAGE, CHECKS, NO_DEFAULTS, INDEXES,
        ):  # fmt: skip
            await execute(part)

    manager.add_raw(run)
    return manager
