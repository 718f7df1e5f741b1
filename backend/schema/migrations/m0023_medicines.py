"""Adds whether a medicine or an order is one: what is forbidden or only thought of is none."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Varchar

ID = "2026-11-30T23:23:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "medicines and orders: what is no order"

TABLES: Final = {"Medicine": "medicine", "ServiceRequest": "service_request"}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for class_name, table in TABLES.items():
        manager.add_column(
            table_class_name=class_name,
            tablename=table,
            column_name="force",
            column_class=Varchar,
            params=Varchar(length=10, default="order")._meta.params,  # noqa: SLF001  # Piccolo writes the same
        )
    return manager
