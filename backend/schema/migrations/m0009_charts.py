"""Adds the charts that each session reaches, and the facility that a chart belongs to."""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Boolean, Column, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import create_table_class

from backend.core.database import TimeOrderedId

ID = "2026-11-30T18:09:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "charts: a session reaches some, each at its level"


def _key() -> UUID:
    return UUID(primary_key=True, default=TimeOrderedId())


def _to(name: str, **more: Any) -> ForeignKey[Any]:
    stub = create_table_class(
        name.title().replace("_", ""),
        class_kwargs={"tablename": name},
        class_members={"id": _key()},
    )
    return ForeignKey(stub, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action, **more)


SESSION_CHART: Final[dict[str, Column]] = {
    "id": _key(),
    "session": _to("session", null=False, index=False),
    "chart": _to("patient", null=False, index=False),
    "level": Varchar(length=12),
    "proof": Varchar(length=10),
    "contact": _to("contact_point", null=True, default=None),
    "reached_at": Timestamptz(default=TimestamptzNow()),
    "stepped_up_until": Timestamptz(null=True, default=None),
    "ended_at": Timestamptz(null=True, default=None),
    "ended_why": Varchar(length=20, default=""),
}
PATIENT: Final[dict[str, Column]] = {
    "facility": _to("facility", null=True, default=None),
    "active": Boolean(default=True),
}
FACILITY: Final[dict[str, Column]] = {"discreet": Boolean(default=False)}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    manager.add_table(class_name="SessionChart", tablename="session_chart")
    for name, column in SESSION_CHART.items():
        _add(manager, "SessionChart", "session_chart", name, column)
    for name, column in PATIENT.items():
        _add(manager, "Patient", "patient", name, column)
    for name, column in FACILITY.items():
        _add(manager, "Facility", "facility", name, column)
    return manager


def _add(manager: MigrationManager, class_name: str, table: str, name: str, column: Any) -> None:
    manager.add_column(
        table_class_name=class_name,
        tablename=table,
        column_name=name,
        column_class=type(column),
        params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
    )
