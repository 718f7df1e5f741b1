"""What has changed of a record since when, and tombstones that are forgotten."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.sync_rules import SYNC

ID = "2026-11-25T05:02:20:000000"
VERSION = "1.38.0"
DESCRIPTION = "what has changed of a record, and tombstones that are forgotten"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(SYNC)

    manager.add_raw(run)
    return manager
