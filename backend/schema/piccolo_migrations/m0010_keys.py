"""The key ring holds still while somebody writes lookups; numbers can be cancelled."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.key_rules import KEYS, NUMBERS

ID = "2026-11-23T10:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "key ring, cancelled numbers"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (KEYS, NUMBERS):
            await execute(part)

    manager.add_raw(run)
    return manager
