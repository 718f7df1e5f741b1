"""The one migration history of the hub, for the tables of every package."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

TABLES = table_finder(
    [
        "backend.core.alarms",
        "backend.core.audit",
        "backend.core.audit_chain.worker_tasks",
        "backend.core.crypto.key_ring",
        "backend.core.months.tables",
        "backend.core.refusals",
        "backend.auth.credentials.sms_quota",
        "backend.auth.tables",
        "backend.auth.credentials.tables",
        "backend.auth.caregivers.tables",
        "backend.auth.sessions.tables",
        "backend.auth.identity.tables",
        "backend.notifications.tables",
        "backend.notifications.brakes.tables",
        "backend.intake.tables",
        "backend.records.tables",
        "backend.records.further_kinds.tables",
        "backend.records.access_log.tables",
        "backend.records.lifecycle.tables",
        "backend.records.medication.tables",
        "backend.support.tables",
    ],
    exclude_imported=True,
)

APP_CONFIG = AppConfig(
    app_name="hub",
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=TABLES,
    migration_dependencies=[],
    commands=[],
)
