"""Finds the holds of a chart, and what a desk has done lately."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T18:16:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "desk: find holds, lost phones and slips"

INDEXES: Final = """
CREATE INDEX chart_hold_of_chart ON chart_hold (chart) WHERE ended_at IS NULL;
CREATE INDEX lost_phone_of_chart ON lost_phone (chart, made_at);
CREATE INDEX notification_of_message ON notification (received_event)
    WHERE received_event IS NOT NULL;
CREATE INDEX activation_slip_made_by ON activation_slip (made_by, created_at);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(INDEXES)

    manager.add_raw(run)
    return manager
