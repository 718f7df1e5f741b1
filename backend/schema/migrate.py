"""Migrates a database to the newest schema: roles, migrations, then repeatables."""

import asyncio
import os
from time import monotonic
from typing import Final

import asyncpg

from backend.core.database import AGAIN_SECONDS, DB
from backend.core.errors import HubError
from backend.core.settings import RetentionSettings
from backend.schema.repeatable.roles import ROLES
from backend.schema.repeatables import PATIENCE_SECONDS, apply_repeatables

os.environ.setdefault("PICCOLO_CONF", "backend.schema.piccolo_conf")

MIGRATION_LOCK = 7_300
APP: Final = "hub"


class UnknownHistory(HubError):
    """This database was made by another version of the hub, with migrations that this one does not
    have. Nothing was changed. Before the first release there is no way across: run `hub migrate` on
    an empty database and let the hospitals send again, or go on with the version that made it.
    """  # noqa: D205  # one paragraph, as the operator reads it

    code = "unknown_history"
    status = 409


class StoredInTheClear(HubError):
    """This database holds messages or acts that an older version stored in the clear. Nothing was
    changed. Before the first release there is no way across: run `hub migrate` on an empty database
    and let the hospitals send again, or go on with the version that made it.
    """  # noqa: D205  # one paragraph, as the operator reads it

    code = "stored_in_the_clear"
    status = 409


SEALED_FROM: Final = "2026-11-30T18:06:00:000000"
"""The migration from which on nothing is stored in the clear that is sealed today."""
_HOLDS_ANY: Final = """
SELECT EXISTS (SELECT FROM received_event) OR EXISTS (SELECT FROM audit_event)
    OR EXISTS (SELECT FROM document_content) OR EXISTS (SELECT FROM party)
    OR EXISTS (SELECT FROM device)
"""


async def migrate(owner_url: str) -> None:
    """Apply missing migrations. Two runs, or two processes at once, are safe.

    Args:
        owner_url: PostgreSQL as a login that may create roles, or is a member of `hub_owner`.

    Raises:
        UnknownHistory: the database has a migration that is not among ours.
        StoredInTheClear: an older version has stored what is sealed today.
    """
    guard = await asyncpg.connect(owner_url)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await _check_history(guard)
        await guard.execute(ROLES)
        await _run_migrations(owner_url)
        await apply_repeatables(guard, max(await _applied(guard)))
        await _write_retention(guard, RetentionSettings())
        await _make_months(guard)
    finally:
        await guard.close()


_RETENTION: Final = """
INSERT INTO retention (table_name, months) SELECT * FROM unnest($1::text[], $2::integer[])
    ON CONFLICT (table_name) DO UPDATE SET months = excluded.months
 WHERE retention.months <> excluded.months
"""
_HOWEVER_MANY: Final = 2**31 - 1


async def _write_retention(guard: asyncpg.Connection, kept: RetentionSettings) -> None:
    months = {
        "attempt": kept.keep_deliveries_months,
        "audit_event": kept.keep_audit_months,
        "delivery_event": kept.keep_deliveries_months,
        "received_event": kept.keep_messages_months,
    }
    async with guard.transaction():
        await guard.execute("SET LOCAL ROLE hub_owner")
        await guard.execute(_RETENTION, list(months), list(months.values()))


async def _make_months(guard: asyncpg.Connection) -> None:
    """Make every month that is missing, one a transaction, however many rows have to be moved."""
    deadline = monotonic() + PATIENCE_SECONDS
    made: str | None = ""
    while made is not None:
        try:
            async with guard.transaction():
                await guard.execute("SET LOCAL ROLE hub_owner")
                made = await guard.fetchval("SELECT hub_make_month($1)", _HOWEVER_MANY)
        except asyncpg.LockNotAvailableError:
            if monotonic() >= deadline:
                raise
            await asyncio.sleep(AGAIN_SECONDS)


async def _check_history(guard: asyncpg.Connection) -> None:
    if await guard.fetchval("SELECT to_regclass('public.migration')") is None:
        return
    applied = await _applied(guard)
    if not applied <= _ours():
        raise UnknownHistory
    if applied and SEALED_FROM not in applied and await guard.fetchval(_HOLDS_ANY):
        raise StoredInTheClear


async def _applied(guard: asyncpg.Connection) -> set[str]:
    rows = await guard.fetch("SELECT name FROM public.migration WHERE app_name = $1", APP)
    return {row["name"] for row in rows}


def _ours() -> set[str]:
    from piccolo.apps.migrations.commands.base import (  # noqa: PLC0415  # reads PICCOLO_CONF
        BaseMigrationManager,
    )

    manager = BaseMigrationManager()
    folder = manager.get_app_config(app_name=APP).resolved_migrations_folder_path
    return set(manager.get_migration_modules(folder))


async def _run_migrations(owner_url: str) -> None:
    from piccolo.apps.migrations.commands.forwards import (  # noqa: PLC0415  # reads PICCOLO_CONF
        ForwardsMigrationManager,
    )

    DB.config = {"dsn": owner_url, "server_settings": {"role": "hub_owner"}}
    open_now, DB.pool = DB.pool, None  # a pool logs in as another role, which owns nothing
    try:
        done = await ForwardsMigrationManager(app_name=APP).run()
    finally:
        DB.pool = open_now
    if not done.success:
        raise RuntimeError(done.message or "the migration failed")
