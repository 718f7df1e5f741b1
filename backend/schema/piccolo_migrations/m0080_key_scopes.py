"""Keys that were made before there were scopes open what they opened."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute

ID = "2026-11-24T08:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "keys made before there were scopes open what they opened"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute("UPDATE facility_key SET scopes = 'deliveries intake' WHERE scopes = ''")

    manager.add_raw(run)
    return manager
