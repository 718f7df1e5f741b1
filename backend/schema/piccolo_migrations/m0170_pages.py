"""A page of a record as one text."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.page_rules import PAGES

ID = "2026-11-25T05:01:70:000000"
VERSION = "1.38.0"
DESCRIPTION = "pages as one text"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(PAGES)

    manager.add_raw(run)
    return manager
