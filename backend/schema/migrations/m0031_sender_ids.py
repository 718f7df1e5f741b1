"""Prepares what grows for its months: a sender's ids stand apart, and a place is no key."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, BigInt, Bytea, Column, Integer, Timestamptz, Varchar
from piccolo.constraints import Unique

from backend.core.database import TimeOrderedId

ID = "2026-12-01T03:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "months: ids of senders, places, what is kept of a dropped month"

TABLES: Final[dict[tuple[str, str], dict[str, Column]]] = {
    ("KnownSenderId", "known_sender_id"): {
        "id": UUID(primary_key=True, default=TimeOrderedId()),
        "facility": UUID(),
        "dialect": Varchar(length=10),
        "sender_hash": Varchar(length=32),
    },
    ("Retention", "retention"): {
        "id": UUID(primary_key=True, default=TimeOrderedId()),
        "table_name": Varchar(length=30, unique=True),
        "months": Integer(default=0),
    },
    ("DroppedMonth", "dropped_month"): {
        "id": UUID(primary_key=True, default=TimeOrderedId()),
        "table_name": Varchar(length=30),
        "month": Timestamptz(),
        "rows_estimated": BigInt(default=0),
        "first_place": BigInt(null=True, default=None),
        "first_chain": Bytea(null=True, default=None),
        "last_place": BigInt(null=True, default=None),
        "last_chain": Bytea(null=True, default=None),
        "entry": UUID(),
    },
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for (class_name, table), columns in TABLES.items():
        manager.add_table(class_name=class_name, tablename=table)
        for name, column in columns.items():
            manager.add_column(
                table_class_name=class_name, tablename=table, column_name=name,
                column_class=type(column),
                params=column._meta.params,  # noqa: SLF001  # as Piccolo's own migrations give them
            )  # fmt: skip
    manager.add_constraint(
        table_class_name="KnownSenderId", tablename="known_sender_id",
        constraint_name="known_sender_id_once", constraint_class=Unique,
        params={"columns": ["facility", "dialect", "sender_hash"]},
    )  # fmt: skip
    manager.drop_constraint(
        table_class_name="ReceivedEvent", tablename="received_event",
        constraint_name="received_event_sent_once",
    )  # fmt: skip
    manager.drop_column(
        table_class_name="ReceivedEvent", tablename="received_event", column_name="sender_hash",
    )  # fmt: skip
    manager.alter_column(
        table_class_name="AuditEvent", tablename="audit_event", column_name="place",
        params={"unique": False, "index": True}, old_params={"unique": True, "index": False},
        column_class=BigInt, old_column_class=BigInt,
    )  # fmt: skip
    return manager
