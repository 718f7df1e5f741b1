"""Fills what a delivery says of itself, and adds the indexes by which duties find what is due."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-12-01T03:30:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "what is due: indexes"

FILLED: Final = """
UPDATE delivery d SET expires_at = n.expires_at, facility = n.facility
  FROM notification n
 WHERE n.id = d.notification AND d.status IN ('planned', 'held', 'sending', 'in_doubt');
"""
"""A delivery at its end does not change: nothing is written into millions of them. What a process
of before plans meanwhile is filled when the rules are written (`deliveries`)."""

INDEXES: Final = """
CREATE INDEX delivery_expiring ON delivery (status, expires_at)
    WHERE status IN ('planned', 'held');
DROP INDEX delivery_held;
CREATE INDEX delivery_held ON delivery (due_at)
    WHERE status = 'held'
      AND reason NOT IN ('first_texts_spent', 'prefix_burst', 'facility_suspended');
DROP INDEX IF EXISTS delivery_suspended;
CREATE INDEX delivery_suspended ON delivery (facility, lane)
    WHERE status = 'held' AND reason = 'facility_suspended';
CREATE INDEX notification_told ON notification (patient, created_at DESC)
    WHERE grouped_into IS NULL;
DROP INDEX IF EXISTS booked_text_by_time;
CREATE INDEX booked_text_by_time ON booked_text (booked_at);
CREATE INDEX reached_number_by_age ON reached_number (reached_at);
CREATE INDEX alarm_by_time ON alarm (raised_at);
CREATE INDEX staff_place_last ON staff_place (greatest(known_at, begun_at));
CREATE INDEX staff_place_unknown ON staff_place (begun_at) WHERE known_at IS NULL;
CREATE INDEX refusal_tally_begun ON refusal_tally (begun_at);
CREATE INDEX desk_task_about ON desk_task (subject, kind);
CREATE INDEX audit_check_begun ON audit_check (started_at);
DROP INDEX received_event_waiting;
CREATE INDEX received_event_waiting ON received_event (facility, received_at)
    WHERE outcome = 'quarantined';
DROP INDEX pair_by_time;
DROP INDEX IF EXISTS waiting_text_of_facility;
CREATE INDEX waiting_text_of_facility ON waiting_text (facility, lane);
CREATE INDEX session_of_device ON session (device);
CREATE INDEX session_chart_of_session ON session_chart (session);
CREATE INDEX session_chart_of_slip ON session_chart (slip) WHERE slip IS NOT NULL;
CREATE INDEX device_by_key ON device (key_thumbprint, id) WHERE key_thumbprint <> '';
CREATE INDEX challenge_of_patient ON sign_in_challenge (patient);
CREATE INDEX deferred_notice_of_patient ON deferred_notice (patient);
CREATE INDEX deferred_notice_of_facility ON deferred_notice (facility, id);
CREATE INDEX deferred_notice_of_message ON deferred_notice (received_event)
    WHERE received_event IS NOT NULL;
CREATE INDEX medicine_replaced ON medicine (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE INDEX patient_identifier_home ON patient_identifier (home, facility);
"""
"""`pair_by_time` found no old pair: one that is used again is as new as its neighbours are old.
Each challenge has its entry in the index of patients, also one of nobody's."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(FILLED)
        await execute(INDEXES)

    manager.add_raw(run)
    return manager
