"""The index for what was measured, by time, whatever its code."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute

ID = "2026-11-25T03:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "what was measured, in the order of time"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(
            "CREATE INDEX observation_by_time ON observation (patient, happened_at DESC, id DESC)"
        )

    manager.add_raw(run)
    return manager
