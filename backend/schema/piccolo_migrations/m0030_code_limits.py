"""Alarms, the texts with codes that were sent, and who may count them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.code_rules import INDEXES, RIGHTS, TABLES

ID = "2026-11-25T01:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "limits on codes: alarms, texts sent, rights"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (TABLES, INDEXES, RIGHTS):
            await execute(part)

    manager.add_raw(run)
    return manager
