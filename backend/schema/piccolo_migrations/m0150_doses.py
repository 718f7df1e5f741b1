"""The medicine schedule: plans, hours, notes on doses, and what was replaced."""

import os

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.database import execute
from backend.schema.dose_rules import PLANS, RULES, SHAPE, TABLES

ID = "2026-11-25T05:01:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "the medicine schedule"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(TABLES)
        await execute(PLANS, os.environ.get("HUB_TIMEZONE", "Asia/Ho_Chi_Minh"))
        await execute(SHAPE + RULES)

    manager.add_raw(run)
    return manager
