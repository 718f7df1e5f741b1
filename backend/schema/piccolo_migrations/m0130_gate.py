"""The gate decides level and scope, and a page of a record is read in one round trip."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.gate_rules import GATE, PAGES

ID = "2026-11-25T02:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "the gate decides level and scope; pages in one round trip"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (GATE, PAGES):
            await execute(part)

    manager.add_raw(run)
    return manager
