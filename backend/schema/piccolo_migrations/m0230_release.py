"""Release: when a facility's policy lets a record be seen, and what shows it then."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.release_rules import RELEASE

ID = "2026-11-25T05:02:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "release: when a facility's policy lets a record be seen"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(RELEASE)

    manager.add_raw(run)
    return manager
