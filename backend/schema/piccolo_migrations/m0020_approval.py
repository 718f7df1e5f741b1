"""When a limited session last asked to be approved."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute

ID = "2026-11-25T02:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sessions ask to be approved"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute("ALTER TABLE session ADD COLUMN approval_asked_at timestamptz DEFAULT NULL")

    manager.add_raw(run)
    return manager
