"""What a stream compares to know whether something is new."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.stream_rules import STREAM

ID = "2026-11-25T05:02:21:000000"
VERSION = "1.38.0"
DESCRIPTION = "what a stream compares to know whether something is new"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(STREAM)

    manager.add_raw(run)
    return manager
