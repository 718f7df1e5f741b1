"""Adds the indexes by which what comes finds the records that wait for it."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T23:22:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "records in any order: indexes"

INDEXES: Final = """
CREATE INDEX awaiting_by_name ON awaiting USING gin (names);
CREATE INDEX result_by_missing ON result USING gin (missing) WHERE missing <> '{}';
CREATE INDEX party_by_key ON party (facility, key);
CREATE INDEX party_by_reference ON party (facility, local_id);
"""
"""A name is a keyed hash that begins with its facility, so no index needs that beside it."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(INDEXES)

    manager.add_raw(run)
    return manager
