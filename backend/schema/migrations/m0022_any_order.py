"""Adds what a record waits for, and what is known of the resources that records mention."""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Array, Boolean, Column, ForeignKey, Text, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import create_table_class

from backend.core.database import TimeOrderedId

ID = "2026-11-30T23:22:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "records in any order"


def _key() -> UUID:
    return UUID(primary_key=True, default=TimeOrderedId())


def _to(name: str, **more: Any) -> ForeignKey[Any]:
    stub = create_table_class(
        name.title().replace("_", ""),
        class_kwargs={"tablename": name},
        class_members={"id": _key()},
    )
    return ForeignKey(stub, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action, **more)


AWAITING: Final[dict[str, Column]] = {
    "id": _key(),
    "record": UUID(unique=True),
    "facility": _to("facility", null=False),
    "patient": _to("patient", null=True, default=None),
    "kind": Varchar(length=20),
    "names": Array(base_column=Text()),
    "blanks": Text(),
}
MORE: Final[dict[str, dict[str, Column]]] = {
    "party": {
        "coded": Text(default=""),
        "restriction": Varchar(length=20, default=""),
        "withholds": Boolean(default=False),
        "is_whole": Boolean(default=True),
        "filed_under": _to("patient_identifier", null=True, default=None),
    },
    "result": {
        "parts": Array(base_column=Text(), default=list),
        "missing": Array(base_column=Text(), default=list),
    },
    "observation": {"members": Array(base_column=Text(), default=list)},
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    manager.add_table(class_name="Awaiting", tablename="awaiting")
    for table, columns in {"awaiting": AWAITING, **MORE}.items():
        for name, column in columns.items():
            manager.add_column(
                table_class_name=table.title(),
                tablename=table,
                column_name=name,
                column_class=type(column),
                params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
            )
    return manager
