"""Who sees which record, and what is gone from whom."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.visibility_rules import VISIBILITY

ID = "2026-11-25T04:01:45:000000"
VERSION = "1.38.0"
DESCRIPTION = "who sees which record, and what is gone from whom"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(VISIBILITY)

    manager.add_raw(run)
    return manager
