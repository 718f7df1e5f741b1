"""Adds the tables of the brakes on texts, and the columns that suspend a facility."""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    UUID,
    Boolean,
    Bytea,
    Column,
    Integer,
    SmallInt,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique

from backend.core.database import TimeOrderedId

ID = "2026-11-30T18:03:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "money: booked texts, reached numbers, suspended facilities"


def _key() -> UUID:
    return UUID(primary_key=True, default=TimeOrderedId())


TABLES: Final[dict[tuple[str, str], dict[str, Column]]] = {
    ("BookedText", "booked_text"): {
        "id": _key(),
        "facility": UUID(),
        "contact": UUID(),
        "number_hash": Bytea(),
        "origin": Varchar(length=8),
        "bound": Boolean(default=False),
        "booked_at": Timestamptz(),
        "counted": Boolean(default=True),
    },
    ("ReachedNumber", "reached_number"): {
        "id": _key(),
        "facility": UUID(),
        "number_hash": Bytea(index=True),
        "prefix_hash": Bytea(),
        "reached_at": Timestamptz(),
        "counted": Boolean(default=True),
    },
    ("WaitingText", "waiting_text"): {
        "id": _key(),
        "facility": UUID(),
        "contact": UUID(),
        "number_hash": Bytea(index=True),
        "prefix_hash": Bytea(),
        "brake": Varchar(length=20),
        "lane": SmallInt(),
        "waits_since": Timestamptz(),
    },
}
FACILITY: Final[dict[str, Column]] = {
    "suspended_at": Timestamptz(null=True, default=None),
    "let_go_at": Timestamptz(null=True, default=None),
    "first_texts_per_hour": Integer(null=True, default=None),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for (class_name, table), columns in TABLES.items():
        manager.add_table(class_name=class_name, tablename=table)
        for name, column in columns.items():
            _add(manager, class_name, table, name, column)
    for name, column in FACILITY.items():
        _add(manager, "Facility", "facility", name, column)
    manager.add_constraint(
        table_class_name="ReachedNumber",
        tablename="reached_number",
        constraint_name="reached_number_once",
        constraint_class=Unique,
        params={"columns": ["facility", "number_hash"], "nulls_distinct": True},
    )
    manager.drop_column(
        table_class_name="CodeText", tablename="sms_code", column_name="prefix_hash"
    )
    return manager


def _add(manager: MigrationManager, class_name: str, table: str, name: str, column: Any) -> None:
    manager.add_column(
        table_class_name=class_name,
        tablename=table,
        column_name=name,
        column_class=type(column),
        params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
    )
