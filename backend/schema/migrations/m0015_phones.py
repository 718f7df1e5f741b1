"""Adds what tells a number that a facility states from one that its person has bound."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns import Boolean, Column, Timestamptz

ID = "2026-11-30T18:15:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "phones: stated, bound, not theirs"

CONTACT_POINT: Final[dict[str, Column]] = {
    "stated_since": Timestamptz(null=True, default=None),
    "stated_until": Timestamptz(null=True, default=None),
    "needs_desk": Boolean(default=False),
    "not_theirs_since": Timestamptz(null=True, default=None),
}


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="hub", description=DESCRIPTION)
    for name, column in CONTACT_POINT.items():
        manager.add_column(
            table_class_name="ContactPoint",
            tablename="contact_point",
            column_name=name,
            column_class=type(column),
            params=column._meta.params,  # noqa: SLF001  # Piccolo writes the same into a migration
        )
    return manager
