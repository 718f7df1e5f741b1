"""Rights, indexes and policies of documents, files and waiting notices."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.document_rules import RULES

ID = "2026-11-25T02:31:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "documents: rights, indexes, policies"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(RULES)

    manager.add_raw(run)
    return manager
