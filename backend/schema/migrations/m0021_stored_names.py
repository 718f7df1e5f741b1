"""Lets stored records be found by the names that they have, and parties too."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T23:21:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "names of stored records"

RECORDS: Final = (
    "result", "observation", "appointment", "medicine", "document", "visit", "condition", "allergy",
    "immunisation", "procedure", "imaging_study", "service_request", "medication_statement",
    "party",
)  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for table in RECORDS:
            await execute(
                f"UPDATE {table} SET names ="
                " array_remove(ARRAY[key] || nullif(local_id, key), NULL)"
            )
        await execute("CREATE INDEX party_names ON party USING gin (names) WITH (fastupdate = off)")

    manager.add_raw(run)
    return manager
