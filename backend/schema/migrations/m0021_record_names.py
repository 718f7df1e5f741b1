"""Adds what records are called, and what a facility says of its ids and addresses."""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Array, Boolean, Bytea, Text

ID = "2026-11-30T23:21:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "names of records; ids and addresses of facilities"

RECORDS: Final = (
    "result", "observation", "appointment", "medicine", "document", "visit", "condition", "allergy",
    "immunisation", "procedure", "imaging_study", "service_request", "medication_statement",
    "party",
)  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for table in RECORDS:
        _add(manager, table, "names", Array(base_column=Text(), default=list))
        _add(manager, table, "identifiers", Array(base_column=Text(), default=list))
        _add(manager, table, "has_id", Boolean(default=False))
    _add(manager, "facility", "base_url", Text(default=""))
    _add(manager, "facility", "stable_ids", Boolean(default=False))
    _add(manager, "patient", "content_hash", Bytea(null=True, default=None))
    return manager


def _add(manager: MigrationManager, table: str, name: str, column: Any) -> None:
    manager.add_column(
        table_class_name=table.title().replace("_", ""),
        tablename=table,
        column_name=name,
        column_class=type(column),
        params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
    )
