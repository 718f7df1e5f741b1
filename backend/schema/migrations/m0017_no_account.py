"""Deletes what made a session and a device one patient's: a session reaches charts."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-30T18:17:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sessions and devices belong to no patient"

GONE: Final = {
    ("Session", "session"): ("patient", "level", "opened_by", "stepped_up_until"),
    ("Device", "device"): ("patient", "trusted_at"),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for (class_name, table), columns in GONE.items():
        for column in columns:
            manager.drop_column(table_class_name=class_name, tablename=table, column_name=column)
    return manager
