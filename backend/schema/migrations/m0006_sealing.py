"""Makes columns for what is sealed or hashed from the first row on: files, reasons, senders' names.

`hub migrate` refuses a database that holds what was stored otherwise before.
"""

from typing import Any, Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Boolean, Bytea, Column, Integer, SmallInt, Text, Varchar
from piccolo.constraints import Unique

from backend.core.database import execute

ID = "2026-11-30T18:06:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "sealing: files, reasons, answers, senders' names"

ALONE: Final = "LOCK TABLE audit_event, received_event, document_content IN EXCLUSIVE MODE;"
"""Nobody writes in the old way while the columns change."""

NEW: Final[tuple[tuple[str, str, str, Column], ...]] = (
    ("AuditEvent", "audit_event", "why_digest", Bytea(null=True, default=None)),
    ("Device", "device", "details", Bytea(null=True, default=None)),
    ("ReceivedEvent", "received_event", "sender_hash",
     Varchar(length=32, null=True, default=None)),
    ("DocumentContent", "document_content", "piece", SmallInt()),
    ("DocumentContent", "document_content", "is_last", Boolean()),
    ("DocumentContent", "document_content", "file", UUID()),
    ("DocumentContent", "document_content", "size", Integer()),
    ("DocumentContent", "document_content", "tag", Bytea()),
)  # fmt: skip

SEALED: Final = (
    ("AuditEvent", "audit_event", "why", Text),
    ("ReceivedEvent", "received_event", "answer", Text),
    ("ReceivedEvent", "received_event", "sender_id", Varchar),
    ("Notification", "notification", "sender_id", Varchar),
    ("DeferredNotice", "deferred_notice", "sender_id", Varchar),
)
"""What was text. All of it may be without a value now."""

GONE: Final = (
    ("DocumentContent", "document_content", "sha256"),
    ("Device", "device", "model"),
    ("Device", "device", "name"),
)

ONCE: Final = (
    ("ReceivedEvent", "received_event", "received_event_once", "received_event_sent_once",
     ["facility", "dialect", "sender_hash"]),
    ("DocumentContent", "document_content", "document_content_once", "document_piece_once",
     ["record", "place", "piece"]),
)  # fmt: skip


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)

    async def run() -> None:
        await execute(ALONE)

    manager.add_raw(run)
    for class_name, table, name, column in NEW:
        manager.add_column(
            table_class_name=class_name, tablename=table, column_name=name,
            column_class=type(column), column_class_name=type(column).__name__,
            params=column._meta.params,  # noqa: SLF001  # as Piccolo's own migrations give them
        )  # fmt: skip
    for class_name, table, name in GONE:
        manager.drop_column(table_class_name=class_name, tablename=table, column_name=name)
    for class_name, table, name, was in SEALED:
        _seal(manager, class_name, table, name, was)
    for class_name, table, before, after, columns in ONCE:
        manager.drop_constraint(
            table_class_name=class_name, tablename=table, constraint_name=before
        )
        manager.add_constraint(
            table_class_name=class_name, tablename=table, constraint_name=after,
            constraint_class=Unique, params={"columns": columns},
        )  # fmt: skip
    return manager


def _seal(
    manager: MigrationManager, class_name: str, table: str, name: str, was: type[Column]
) -> None:
    before: dict[str, Any] = {"default": "", "null": False} if was is Text else {"null": True}
    manager.alter_column(
        table_class_name=class_name, tablename=table, column_name=name,
        column_class=Bytea, old_column_class=was,
        params={"default": None, "null": True}, old_params=before,
    )  # fmt: skip
