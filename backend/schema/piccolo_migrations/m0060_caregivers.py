"""Caregivers: the reach of a grant in the gate, and that it never widens."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.caregiver_rules import GATE, NEVER_WIDENS, POLICIES, RIGHTS, TABLES

ID = "2026-11-24T06:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "caregivers: reach of a grant, reviews, never wider"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (TABLES, RIGHTS, NEVER_WIDENS, GATE, POLICIES):
            await execute(part)

    manager.add_raw(run)
    return manager
