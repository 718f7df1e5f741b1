"""Adds lost phones with the charts that they hold, and who confirmed a slip."""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Array, Column, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import create_table_class

from backend.core.database import TimeOrderedId

ID = "2026-11-30T18:16:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "desk: lost phones, confirmed slips, decided messages"


def _key() -> UUID:
    return UUID(primary_key=True, default=TimeOrderedId())


def _to(name: str, **more: Any) -> ForeignKey[Any]:
    stub = create_table_class(
        name.title().replace("_", ""),
        class_kwargs={"tablename": name},
        class_members={"id": _key()},
    )
    return ForeignKey(stub, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action, **more)


NEW: Final[dict[tuple[str, str], dict[str, Column]]] = {
    ("LostPhone", "lost_phone"): {
        "id": _key(),
        "chart": _to("patient", null=False),
        "facility": _to("facility", null=False),
        "staff": UUID(),
        "proof": Varchar(length=20),
        "made_at": Timestamptz(default=TimestamptzNow()),
        "lifted_at": Timestamptz(null=True, default=None),
        "lifted_by": UUID(null=True, default=None),
    },
    ("DeskNumber", "desk_number"): {
        "id": _key(),
        "contact": _to("contact_point", null=False, index=True),
        "staff": UUID(),
        "proof": Varchar(length=20),
        "created_at": Timestamptz(default=TimestamptzNow()),
        "done_at": Timestamptz(null=True, default=None),
        "done_by": UUID(null=True, default=None),
        "undone_at": Timestamptz(null=True, default=None),
    },
    ("ChartHold", "chart_hold"): {
        "id": _key(),
        "lost_phone": _to("lost_phone", null=False),
        "chart": _to("patient", null=False),
        "until": Timestamptz(),
        "ended_at": Timestamptz(null=True, default=None),
    },
}
MORE: Final[dict[tuple[str, str], dict[str, Column]]] = {
    ("ActivationSlip", "activation_slip"): {
        "confirmed_by": UUID(null=True, default=None),
        "confirmed_at": Timestamptz(null=True, default=None),
        "objected_at": Timestamptz(null=True, default=None),
    },
    ("Notification", "notification"): {
        "not_told": Varchar(length=20, default=""),
        "resent_at": Timestamptz(null=True, default=None),
    },
    ("ReceivedEvent", "received_event"): {
        "backfilled": Array(base_column=Varchar(length=30), default=list),
    },
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for (class_name, table), columns in NEW.items():
        manager.add_table(class_name=class_name, tablename=table)
        _add(manager, class_name, table, columns)
    for (class_name, table), columns in MORE.items():
        _add(manager, class_name, table, columns)
    return manager


def _add(
    manager: MigrationManager, class_name: str, table: str, columns: dict[str, Column]
) -> None:
    for name, column in columns.items():
        manager.add_column(
            table_class_name=class_name,
            tablename=table,
            column_name=name,
            column_class=type(column),
            params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
        )
