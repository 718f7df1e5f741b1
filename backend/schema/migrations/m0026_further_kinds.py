"""Adds plans of care, families' conditions, filled-in forms, medicines handed out and given."""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import (
    UUID,
    Array,
    BigInt,
    Boolean,
    Bytea,
    Column,
    ForeignKey,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Unique
from piccolo.table import create_table_class

from backend.core.database import TimeOrderedId

ID = "2026-11-30T23:26:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "further kinds of records"

KINDS: Final = {
    "CarePlan": "care_plan", "FamilyHistory": "family_history", "FilledForm": "filled_form",
    "DispensedMedicine": "dispensed_medicine", "GivenMedicine": "given_medicine",
}  # fmt: skip


def _key() -> UUID:
    return UUID(primary_key=True, default=TimeOrderedId())


def _to(name: str, **more: Any) -> ForeignKey[Any]:
    stub = create_table_class(
        name.title().replace("_", ""),
        class_kwargs={"tablename": name},
        class_members={"id": _key()},
    )
    return ForeignKey(stub, **more)


def _moment() -> Timestamptz:
    return Timestamptz(null=True, default=None)


COLUMNS: Final[dict[str, Column]] = {
    "id": _key(),
    "facility": _to("facility"),
    "key": Text(),
    "local_id": Varchar(length=64, default=""),
    "names": Array(base_column=Text(), default=list),
    "identifiers": Array(base_column=Text(), default=list),
    "has_id": Boolean(default=False),
    "version": Text(default=""),
    "updated": _moment(),
    "content_hash": Bytea(),
    "patient": _to("patient", index=True),
    "filed_under": _to("patient_identifier", null=True, default=None),
    "happened_at": Timestamptz(),
    "happened_until": _moment(),
    "visible_from": _moment(),
    "release_at": _moment(),
    "kept_back": Boolean(default=False),
    "finished_at": _moment(),
    "hidden": Boolean(default=False),
    "held": SmallInt(default=0),
    "restriction": Varchar(length=20, default=""),
    "change_n": BigInt(),
    "received_event": UUID(),
    "status": Varchar(length=20),
    "body": Text(),
    "coded": Text(default=""),
    "readable": Boolean(default=True),
}
"""The columns of every kind, as they were on this day."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for kind, table in KINDS.items():
        manager.add_table(class_name=kind, tablename=table)
        for name, column in COLUMNS.items():
            manager.add_column(
                table_class_name=kind,
                tablename=table,
                column_name=name,
                column_class=type(column),
                params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
            )
        manager.add_constraint(
            table_class_name=kind,
            tablename=table,
            constraint_name=f"{table}_once",
            constraint_class=Unique,
            params={"columns": ["facility", "key"], "nulls_distinct": True},
        )
    return manager
