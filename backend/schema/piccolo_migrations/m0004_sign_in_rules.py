"""Indexes, rights and the gate of sign-in in full."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.sign_in_rules import GATE, INDEXES, RIGHTS

ID = "2026-11-23T01:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sign-in in full: indexes, rights, gate"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (INDEXES, RIGHTS, GATE):
            await execute(part)

    manager.add_raw(run)
    return manager
