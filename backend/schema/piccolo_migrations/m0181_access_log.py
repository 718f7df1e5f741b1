"""Who read or changed my record: the log's function, its index, disputes and their rights."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.access_log_rules import DISPUTES, INDEXES, LOG, PAGE

ID = "2026-11-25T05:01:81:000000"
VERSION = "1.38.0"
DESCRIPTION = "the access log: index, functions, disputes"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (INDEXES, DISPUTES, LOG, PAGE):
            await execute(part)

    manager.add_raw(run)
    return manager
