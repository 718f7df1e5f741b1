"""Brings a database to the newest shape: roles, then the migrations as their owner, then keys."""

import os

import asyncpg

from backend.database import DB
from backend.rotation.ring_changes import make_first
from backend.schema.roles import ROLES

os.environ.setdefault("PICCOLO_CONF", "backend.schema.piccolo_conf")

MIGRATION_LOCK = 7_300


async def migrate(owner_url: str) -> None:
    """Apply what is missing. Safe to run twice, and by two processes at once.

    Args:
        owner_url: PostgreSQL as a login that may create roles, or is a member of `hub_owner`.
    """
    guard = await asyncpg.connect(owner_url)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await guard.execute(ROLES)
        await _run_migrations(owner_url)
        await make_first(guard)
    finally:
        await guard.close()


async def _run_migrations(owner_url: str) -> None:
    from piccolo.apps.migrations.commands.forwards import (  # noqa: PLC0415  # reads PICCOLO_CONF
        ForwardsMigrationManager,
    )

    DB.config = {"dsn": owner_url, "server_settings": {"role": "hub_owner"}}
    open_now, DB.pool = DB.pool, None  # a pool logs in as another role, which owns nothing
    try:
        done = await ForwardsMigrationManager(app_name="hub").run()
    finally:
        DB.pool = open_now
    if not done.success:
        raise RuntimeError(done.message or "the migration failed")
