"""Which upstream is late: the function that everybody may ask, and its index."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.status_rules import INDEXES, STATUS

ID = "2026-11-25T05:01:82:000000"
VERSION = "1.38.0"
DESCRIPTION = "which upstream is late"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (INDEXES, STATUS):
            await execute(part)

    manager.add_raw(run)
    return manager
