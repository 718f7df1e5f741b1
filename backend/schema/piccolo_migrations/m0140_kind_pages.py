"""Pages of the further kinds of records, through the gate in one trip."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.kind_pages import PAGES

ID = "2026-11-25T03:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "further kinds of records: pages"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(PAGES)

    manager.add_raw(run)
    return manager
