"""Patients of a facility that are one person: what was said, and the rights to move what they have."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.merge_rules import MERGING

ID = "2026-11-25T05:02:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "merging: patients of a facility that are one person"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(MERGING)

    manager.add_raw(run)
    return manager
