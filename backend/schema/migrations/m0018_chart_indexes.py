"""Adds the indexes of charts, sessions and proofs, which Piccolo has no word for."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T18:18:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "charts: indexes and what is always given"

REACH: Final = """
ALTER TABLE session_chart ALTER COLUMN level DROP DEFAULT, ALTER COLUMN proof DROP DEFAULT;
CREATE UNIQUE INDEX session_chart_reached ON session_chart (session, chart)
    WHERE ended_at IS NULL;
CREATE INDEX session_chart_of_chart ON session_chart (chart);
"""
"""A session reaches a chart once at a time. The gate asks by session; devices, staff and notices
ask by chart, also for what has ended."""

GRANTS: Final = """
CREATE INDEX caregiver_grant_act ON caregiver_grant (act);
CREATE INDEX caregiver_invitation_session ON caregiver_invitation (session);
CREATE UNIQUE INDEX invited_chart_once ON invited_chart (invitation, chart);
CREATE INDEX invited_chart_of_chart ON invited_chart (chart);
"""
"""The invitations about a chart, and the grants of one act."""

SIGN_IN: Final = """
ALTER TABLE sign_in_account
    ALTER COLUMN subject_hash DROP DEFAULT, ALTER COLUMN number_hash DROP DEFAULT;
DROP INDEX account_by_time;
CREATE INDEX account_by_time ON sign_in_account (updated_at);
CREATE INDEX account_spent ON sign_in_account (updated_at)
    WHERE closed_until IS NULL AND cardinality(wrong_at) > 0;
CREATE INDEX session_chart_told_again ON session_chart (tell_again_at)
    WHERE tell_again_at IS NOT NULL;
CREATE INDEX session_chart_by_slip ON session_chart (slip)
    WHERE slip IS NOT NULL AND level = 'otp' AND ended_at IS NULL;
CREATE INDEX session_by_key ON session (key_thumbprint) WHERE key_thumbprint <> '';
"""
"""The pairs that a worker closes, and the new devices that it tells of once more."""

DESK: Final = """
CREATE INDEX chart_hold_of_chart ON chart_hold (chart) WHERE ended_at IS NULL;
CREATE INDEX lost_phone_of_chart ON lost_phone (chart, made_at);
CREATE INDEX notification_of_message ON notification (received_event)
    WHERE received_event IS NOT NULL;
CREATE INDEX activation_slip_made_by ON activation_slip (made_by, created_at);
"""
"""The holds of a chart, and what a desk has done lately."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (REACH, GRANTS, SIGN_IN, DESK):
            await execute(part)

    manager.add_raw(run)
    return manager
