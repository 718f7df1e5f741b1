"""Timeline, trend, and what is ahead, each in one trip."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.timeline_rules import FUNCTIONS

ID = "2026-11-25T05:01:91:000000"
VERSION = "1.38.0"
DESCRIPTION = "timeline, trend, and what is ahead, each in one trip"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(FUNCTIONS)

    manager.add_raw(run)
    return manager
