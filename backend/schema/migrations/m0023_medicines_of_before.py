"""Marks the medicines and orders of before that are forbidden or were only thought of."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from backend.core.database import execute

ID = "2026-11-30T23:23:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "medicines: those of before that are no order"

MEDICINES: Final = """
UPDATE medicine SET force =
       CASE WHEN coded::jsonb ->> 'forbidden' = 'true' THEN 'forbidden' ELSE 'proposed' END
 WHERE CASE WHEN pg_input_is_valid(coded, 'jsonb')
            THEN coded::jsonb ->> 'forbidden' = 'true'
                 OR coded::jsonb ->> 'intent' IN ('proposal', 'plan', 'option')
            ELSE false END;
"""
"""The kept codes of a prescription say it. A row without any stays an order, as it was."""

ORDERS: Final = """
UPDATE service_request SET force = 'proposed'
 WHERE CASE WHEN pg_input_is_valid(body, 'jsonb')
            THEN body::jsonb ->> 'intent' IN ('proposal', 'plan', 'option') ELSE false END;
"""
"""An order shows its intent. Whether it was forbidden, no row of before says."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        for part in (MEDICINES, ORDERS):
            await execute(part)

    manager.add_raw(run)
    return manager
