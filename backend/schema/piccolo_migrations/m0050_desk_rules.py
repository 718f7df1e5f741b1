"""Indexes and rights of the desk."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.desk_rules import INDEXES, RIGHTS

ID = "2026-11-25T01:20:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "the desk: indexes, rights"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (INDEXES, RIGHTS):
            await execute(part)

    manager.add_raw(run)
    return manager
