"""Counts codes for pairs of a citizen id and a number, and notes which charts were only found."""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Array, Boolean, Bytea, Column, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.constraints import Unique
from piccolo.table import create_table_class

from backend.core.database import TimeOrderedId

ID = "2026-11-30T18:14:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sign-in: pairs, found charts, no links"


def _to(name: str) -> ForeignKey[Any]:
    stub = create_table_class(
        name.title().replace("_", ""),
        class_kwargs={"tablename": name},
        class_members={"id": UUID(primary_key=True, default=TimeOrderedId())},
    )
    return ForeignKey(
        stub, null=True, default=None, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action
    )


ADDED: Final[dict[tuple[str, str], dict[str, Column]]] = {
    ("SessionChart", "session_chart"): {
        "slip": _to("activation_slip"),
        "found_by": Array(base_column=Bytea(), default=list),
        "yes_takes_code": Boolean(default=False),
        "yes_at": Timestamptz(null=True, default=None),
        "never_restricted": Boolean(default=False),
        "tell_again_at": Timestamptz(null=True, default=None),
    },
    ("SignInChallenge", "sign_in_challenge"): {
        "subject_kind": Varchar(length=20, default=""),
        "subject_hashes": Array(base_column=Bytea(), default=list),
        "number_hashes": Array(base_column=Bytea(), default=list),
        "counted_for": Varchar(length=43, default=""),
        "session": _to("session"),
    },
    ("SignInAccount", "sign_in_account"): {
        "subject_hash": Bytea(index=True),
        "number_hash": Bytea(index=True),
        "counted_for": Varchar(length=43, default=""),
        "wrong_at": Array(base_column=Timestamptz(), default=list),
        "closed_until": Timestamptz(null=True, default=None),
    },
}
DROPPED: Final = {
    ("SignInAccount", "sign_in_account"): ("account_hash", "failures", "disabled_at"),
    ("VneidSignIn", "vneid_sign_in"): ("link",),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for (class_name, table), columns in ADDED.items():
        for name, column in columns.items():
            manager.add_column(
                table_class_name=class_name,
                tablename=table,
                column_name=name,
                column_class=type(column),
                params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
            )
    for (class_name, table), names in DROPPED.items():
        for name in names:
            manager.drop_column(table_class_name=class_name, tablename=table, column_name=name)
    manager.drop_table(class_name="IdentityLink", tablename="identity_link")
    manager.add_constraint(
        table_class_name="SignInAccount",
        tablename="sign_in_account",
        constraint_name="sign_in_account_once",
        constraint_class=Unique,
        params={"columns": ["subject_hash", "number_hash", "counted_for"], "nulls_distinct": True},
    )
    return manager
