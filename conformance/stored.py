"""What is stored, as one checksum a table, so that `nothing changed` can be said of all of it."""

import asyncpg

from backend.schema.piccolo_app import TABLES

NOT_COUNTED = frozenset({"audit_event"})
"""Refusals are written down there: that is what it is for."""


async def stored(owner: asyncpg.Connection) -> dict[str, str]:
    """Give table -> checksum; when somebody was last seen (`used_at`) is not content."""
    names = {table._meta.tablename for table in TABLES} - NOT_COUNTED  # noqa: SLF001  # Piccolo's own place for it
    return {
        name: await owner.fetchval(
            "SELECT count(*) || ':' || coalesce(md5(string_agg(line, '|' ORDER BY line)), '')"
            f" FROM (SELECT (to_jsonb(t) - 'used_at')::text AS line FROM \"{name}\" t) rows"
        )
        for name in sorted(names)
    }
