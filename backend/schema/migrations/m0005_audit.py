"""Adds the memory of the daily check of the audit chain."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, BigInt, Column, Timestamptz, Varchar

from backend.core.database import TimeOrderedId

ID = "2026-11-30T18:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "audit: the daily check of the chain"

COLUMNS: Final[dict[str, Column]] = {
    "id": UUID(primary_key=True, default=TimeOrderedId()),
    "started_at": Timestamptz(),
    "ended_at": Timestamptz(null=True, default=None),
    "place": BigInt(default=0),
    "fault": Varchar(length=20),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    manager.add_table(class_name="AuditCheck", tablename="audit_check")
    for name, column in COLUMNS.items():
        manager.add_column(
            table_class_name="AuditCheck",
            tablename="audit_check",
            column_name=name,
            column_class=type(column),
            params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
        )
    return manager
