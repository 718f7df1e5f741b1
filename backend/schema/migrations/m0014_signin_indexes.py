"""Finds pairs that a worker closes, and new devices that it tells of once more."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T18:14:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "sign-in: find what is spent, and what is told again"

INDEXES: Final = """
ALTER TABLE sign_in_account
    ALTER COLUMN subject_hash DROP DEFAULT, ALTER COLUMN number_hash DROP DEFAULT;
DROP INDEX account_by_time;
CREATE INDEX account_by_time ON sign_in_account (updated_at);
CREATE INDEX account_spent ON sign_in_account (updated_at)
    WHERE closed_until IS NULL AND cardinality(wrong_at) > 0;
CREATE INDEX session_chart_told_again ON session_chart (tell_again_at)
    WHERE tell_again_at IS NOT NULL;
CREATE INDEX session_chart_by_slip ON session_chart (slip)
    WHERE slip IS NOT NULL AND level = 'otp' AND ended_at IS NULL;
CREATE INDEX session_by_key ON session (key_thumbprint) WHERE key_thumbprint <> '';
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(INDEXES)

    manager.add_raw(run)
    return manager
