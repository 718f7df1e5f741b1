"""Adds what a facility's numbers mean, and what is held back until a desk has confirmed it."""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Boolean, Column, ForeignKey, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.constraints import Unique
from piccolo.table import create_table_class

from backend.core.database import TimeOrderedId, execute

ID = "2026-11-30T18:13:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "numbers of facilities; what is held back"

DROPPED: Final = "DROP INDEX patient_lookup_one_person;"
"""One citizen id finds a chart at each facility, and a shared number finds nobody."""

RECORDS: Final = (
    "result", "observation", "appointment", "medicine", "document", "visit", "condition", "allergy",
    "immunisation", "procedure", "imaging_study", "service_request", "medication_statement",
    "notification",
)  # fmt: skip


def _key() -> UUID:
    return UUID(primary_key=True, default=TimeOrderedId())


def _to(name: str, **more: Any) -> ForeignKey[Any]:
    stub = create_table_class(
        name.title().replace("_", ""),
        class_kwargs={"tablename": name},
        class_members={"id": _key()},
    )
    return ForeignKey(stub, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action, **more)


FACILITY_NUMBERS: Final[dict[str, Column]] = {
    "id": _key(),
    "facility": _to("facility", null=False),
    "system": Text(),
    "meaning": Varchar(length=12),
    "main": Boolean(default=False),
    "created_at": Timestamptz(default=TimestamptzNow()),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def drop() -> None:
        await execute(DROPPED)

    manager.add_raw(drop)
    manager.add_table(class_name="FacilityNumbers", tablename="facility_numbers")
    for name, column in FACILITY_NUMBERS.items():
        _add(manager, "facility_numbers", name, column)
    manager.add_constraint(
        table_class_name="FacilityNumbers",
        tablename="facility_numbers",
        constraint_name="facility_numbers_once",
        constraint_class=Unique,
        params={"columns": ["facility", "system"], "nulls_distinct": True},
    )
    for table in RECORDS:
        _add(manager, table, "held", SmallInt(default=0))
    _add(manager, "received_event", "posted", Boolean(default=False))
    _add(manager, "patient", "held_since", Timestamptz(null=True, default=None))
    _add(manager, "contact_point", "home", _to("patient", null=True, default=None))
    manager.alter_column(
        table_class_name="Patient",
        tablename="patient",
        column_name="facility",
        db_column_name="facility",
        params={"null": False},
        old_params={"null": True},
        column_class=ForeignKey,
        old_column_class=ForeignKey,
    )
    return manager


def _add(manager: MigrationManager, table: str, name: str, column: Any) -> None:
    manager.add_column(
        table_class_name=table.title().replace("_", ""),
        tablename=table,
        column_name=name,
        column_class=type(column),
        params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
    )
