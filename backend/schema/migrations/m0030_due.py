"""Says of each delivery when it ends and whose it is; takes away indexes that others cover."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import UUID, Column, ForeignKey, Timestamptz

ID = "2026-12-01T03:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "deliveries: what is due"

ADDED: Final[dict[str, Column]] = {
    "expires_at": Timestamptz(null=True, default=None),
    "facility": UUID(null=True, default=None),
}
COVERED: Final = (
    "notification", "result", "observation", "appointment", "medicine", "document", "visit",
    "condition", "allergy", "immunisation", "procedure", "imaging_study", "service_request",
    "medication_statement", "care_plan", "family_history", "filled_form", "given_medicine",
    "dispensed_medicine",
)  # fmt: skip
"""Tables with an index of `patient` alone, and another one that begins with it."""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for name, column in ADDED.items():
        manager.add_column(
            table_class_name="Delivery", tablename="delivery", column_name=name,
            column_class=type(column),
            params=column._meta.params,  # noqa: SLF001  # as Piccolo's own migrations give them
        )  # fmt: skip
    for table in COVERED:
        manager.alter_column(
            table_class_name=table.title().replace("_", ""), tablename=table, column_name="patient",
            params={"index": False}, old_params={"index": True},
            column_class=ForeignKey, old_column_class=ForeignKey,
        )  # fmt: skip
    return manager
