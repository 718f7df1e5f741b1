"""Adds the tallies of refusals, the places staff sign in from, and what staff read in an hour."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Bytea, Column, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique

from backend.core.database import TimeOrderedId

ID = "2026-11-30T18:04:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "limits: refusals are counted, staff are locked per place"

TABLES: Final[dict[tuple[str, str], dict[str, Column]]] = {
    ("RefusalTally", "refusal_tally"): {
        "id": UUID(primary_key=True, default=TimeOrderedId()),
        "key": Bytea(unique=True),
        "actor_kind": Varchar(length=12),
        "actor": UUID(null=True, default=None),
        "patient": UUID(null=True, default=None),
        "subject": UUID(null=True, default=None),
        "action": Varchar(length=60),
        "result": Varchar(length=40),
        "network": Varchar(length=45),
        "times": Integer(default=1),
        "begun_at": Timestamptz(default=TimestamptzNow()),
    },
    ("StaffPlace", "staff_place"): {
        "id": UUID(primary_key=True, default=TimeOrderedId()),
        "about": Varchar(length=36),
        "network": Varchar(length=45),
        "failures": Integer(default=0),
        "begun_at": Timestamptz(default=TimestamptzNow()),
        "locked_until": Timestamptz(null=True, default=None),
        "known_at": Timestamptz(null=True, default=None),
    },
}
ADDED: Final[dict[tuple[str, str], dict[str, Column]]] = {
    ("AuditEvent", "audit_event"): {"stands_for": Integer(default=1)},
    ("Staff", "staff"): {
        "hour_begun_at": Timestamptz(null=True, default=None),
        "requests": Integer(default=0),
        "openings": Integer(default=0),
    },
}
DROPPED: Final = ("failures", "locked_until")
"""Of `staff`: a name is locked at a place, and not everywhere."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for class_name, table in TABLES:
        manager.add_table(class_name=class_name, tablename=table)
    for (class_name, table), columns in (TABLES | ADDED).items():
        for name, column in columns.items():
            manager.add_column(
                table_class_name=class_name,
                tablename=table,
                column_name=name,
                column_class=type(column),
                params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
            )
    for name in DROPPED:
        manager.drop_column(table_class_name="Staff", tablename="staff", column_name=name)
    manager.add_constraint(
        table_class_name="StaffPlace",
        tablename="staff_place",
        constraint_name="staff_place_once",
        constraint_class=Unique,
        params={"columns": ["about", "network"], "nulls_distinct": True},
    )
    return manager
