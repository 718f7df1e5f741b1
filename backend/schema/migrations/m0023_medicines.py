"""Adds whether a medicine is an order to take it: what is forbidden or only thought of is not."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Varchar

ID = "2026-11-30T23:23:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "medicines: what is no order"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    manager.add_column(
        table_class_name="Medicine",
        tablename="medicine",
        column_name="force",
        column_class=Varchar,
        params=Varchar(length=10, default="order")._meta.params,  # noqa: SLF001  # Piccolo writes the same
    )
    return manager
