"""Lets a wrong code be counted without an entry in any index, for somebody as for nobody."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T23:19:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sign-in: indexes of counts"

INDEXES: Final = """
DROP INDEX account_by_time;
CREATE INDEX account_by_time ON sign_in_account USING brin (updated_at);
DROP INDEX account_spent;
UPDATE sign_in_account SET closed_until = updated_at
    WHERE closed_until IS NULL AND cardinality(wrong_at) >= 20;
CREATE INDEX account_spent ON sign_in_account (closed_until) WHERE closed_until IS NOT NULL;
"""
"""Before, a wrong code wrote one more entry for somebody's pair than for nobody's, and none for a
closed one. A time of closing changes twice in a month; a BRIN keeps no entry of one row."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(INDEXES)

    manager.add_raw(run)
    return manager
