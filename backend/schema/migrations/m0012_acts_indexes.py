"""Finds the invitations about a chart, and the grants of one act."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T18:12:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "acts: find invitations and grants"

INDEXES: Final = """
CREATE INDEX caregiver_grant_act ON caregiver_grant (act);
CREATE INDEX caregiver_invitation_session ON caregiver_invitation (session);
CREATE UNIQUE INDEX invited_chart_once ON invited_chart (invitation, chart);
CREATE INDEX invited_chart_of_chart ON invited_chart (chart);
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(INDEXES)

    manager.add_raw(run)
    return manager
