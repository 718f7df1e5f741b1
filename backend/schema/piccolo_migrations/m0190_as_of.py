"""When what is stored was said, and by whom."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.as_of_rules import AS_OF

ID = "2026-11-25T05:01:90:000000"
VERSION = "1.38.0"
DESCRIPTION = "when what is stored was said, and by whom"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(AS_OF)

    manager.add_raw(run)
    return manager
