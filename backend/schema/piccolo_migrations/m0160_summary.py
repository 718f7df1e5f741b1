"""Codes beside the words of a record, and what was printed of it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.summary_rules import SUMMARY

ID = "2026-11-25T05:01:60:000000"
VERSION = "1.38.0"
DESCRIPTION = "summary: the senders' codes, printed summaries"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(SUMMARY)

    manager.add_raw(run)
    return manager
