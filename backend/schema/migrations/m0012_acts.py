"""Lets invitations and grants be about charts, and a push token be at several devices."""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Bytea, Column, ForeignKey, Timestamptz
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import create_table_class

from backend.core.database import TimeOrderedId

ID = "2026-11-30T18:12:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "acts: invitations and grants name charts"


def _to(name: str) -> ForeignKey[Any]:
    stub = create_table_class(
        name.title().replace("_", ""),
        class_kwargs={"tablename": name},
        class_members={"id": UUID(primary_key=True, default=TimeOrderedId())},
    )
    return ForeignKey(stub, null=False, on_delete=OnDelete.no_action, on_update=OnUpdate.no_action)


ADDED: Final[dict[tuple[str, str], dict[str, Column]]] = {
    ("CaregiverGrant", "caregiver_grant"): {"act": UUID(default=TimeOrderedId())},
    ("CaregiverInvitation", "caregiver_invitation"): {"session": _to("session")},
    ("SessionChart", "session_chart"): {"raised_at": Timestamptz(null=True, default=None)},
    ("InvitedChart", "invited_chart"): {
        "id": UUID(primary_key=True, default=TimeOrderedId()),
        "invitation": _to("caregiver_invitation"),
        "chart": _to("patient"),
        "revoked_at": Timestamptz(null=True, default=None),
    },
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    manager.add_table(class_name="InvitedChart", tablename="invited_chart")
    for (class_name, table), columns in ADDED.items():
        for name, column in columns.items():
            manager.add_column(
                table_class_name=class_name,
                tablename=table,
                column_name=name,
                column_class=type(column),
                params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
            )
    manager.alter_column(
        table_class_name="Device",
        tablename="device",
        column_name="push_token_hash",
        column_class=Bytea,
        old_column_class=Bytea,
        params={"unique": False, "index": True},
        old_params={"unique": True, "index": False},
    )
    manager.drop_column(
        table_class_name="CaregiverInvitation",
        tablename="caregiver_invitation",
        column_name="patient",
    )
    return manager
