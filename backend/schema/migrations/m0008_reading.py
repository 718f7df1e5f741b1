"""Adds to each table of records whether a row can be shown: whether its body has the right form."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Boolean
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-30T18:08:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "records: whether a row can be shown"

TABLES: Final = (
    "result", "observation", "appointment", "medicine", "document", "visit", "condition", "allergy",
    "immunisation", "procedure", "imaging_study", "service_request", "medication_statement",
)  # fmt: skip
"""What is stored there already was written by the same intake: nothing is read again."""
_PLAIN: Final = {
    "null": False, "primary_key": False, "unique": False, "index": False,
    "index_method": IndexMethod.btree, "choices": None, "db_column_name": None, "secret": False,
}  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for table in TABLES:
        manager.add_column(
            table_class_name=table.title().replace("_", ""),
            tablename=table,
            column_name="readable",
            db_column_name="readable",
            column_class_name="Boolean",
            column_class=Boolean,
            params={**_PLAIN, "default": True},
        )
    return manager
