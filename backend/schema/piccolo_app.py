"""The hub's one migration history: every table of every package."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

TABLES = table_finder(
    [
        "backend.alarms",
        "backend.audit",
        "backend.key_ring",
        "backend.auth.brake",
        "backend.auth.tables",
        "backend.auth.caregiver_tables",
        "backend.notifications.tables",
        "backend.intake.tables",
        "backend.records.tables",
        "backend.records.dispute_tables",
        "backend.records.merge_tables",
        "backend.records.release_tables",
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
