"""Lets a session reach a chart once at a time, and finds its reach by either of the two."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T18:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "charts: one reach at a time"

INDEXES: Final = """
ALTER TABLE session_chart ALTER COLUMN level DROP DEFAULT, ALTER COLUMN proof DROP DEFAULT;
CREATE UNIQUE INDEX session_chart_reached ON session_chart (session, chart)
    WHERE ended_at IS NULL;
CREATE INDEX session_chart_of_chart ON session_chart (chart);
"""
"""The gate asks by session. Devices, staff and notices ask by chart, also for what has ended."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(INDEXES)

    manager.add_raw(run)
    return manager
