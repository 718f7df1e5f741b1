"""Adds when an appointment turned out to be an error, and the end of partial dates."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Timestamptz

ID = "2026-11-30T23:25:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "records: partial dates, appointments taken back"

RECORDS: Final = {
    "Result": "result", "Observation": "observation", "Appointment": "appointment",
    "Medicine": "medicine", "Document": "document", "Visit": "visit", "Condition": "condition",
    "Allergy": "allergy", "Immunisation": "immunisation", "Procedure": "procedure",
    "ImagingStudy": "imaging_study", "ServiceRequest": "service_request",
    "MedicationStatement": "medication_statement",
}  # fmt: skip
MOMENT: Final = Timestamptz(null=True, default=None)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    added = [(name, table, "happened_until") for name, table in RECORDS.items()]
    for name, table, column in [*added, ("Appointment", "appointment", "taken_back_at")]:
        manager.add_column(
            table_class_name=name,
            tablename=table,
            column_name=column,
            column_class=Timestamptz,
            params=MOMENT._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
        )
    return manager
