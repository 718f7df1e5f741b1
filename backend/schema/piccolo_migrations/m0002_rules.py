"""Clock, references, indexes, rights, the gate and the row-level policies."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.policies import CLOCK, GATE, INDEXES, POLICIES, REFERENCE, RIGHTS

ID = "2026-11-22T23:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "clock, references, indexes, rights, gate, policies"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (CLOCK, REFERENCE, INDEXES, RIGHTS, GATE, POLICIES):
            await execute(part)

    manager.add_raw(run)
    return manager
