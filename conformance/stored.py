"""What is stored, as one checksum a table, so that `nothing changed` can be said of all of it."""

import asyncpg

from backend.schema.piccolo_app import TABLES

NOT_COUNTED = frozenset({"audit_event", "refusal_tally", "alarm"})
"""Refusals are written down and counted there, and told: that is what they are for."""

MAY_GROW = NOT_COUNTED | {"received_event", "known_sender_id"}
"""What somebody sent and did is always written down there, also when it had no effect."""


async def stored(owner: asyncpg.Connection) -> dict[str, str]:
    """Give table -> checksum; when somebody was seen, and how often, is not content."""
    names = {table._meta.tablename for table in TABLES} - NOT_COUNTED  # noqa: SLF001  # Piccolo's own place for it
    rows = await owner.fetch(" UNION ALL ".join(_CHECKSUM.format(name) for name in sorted(names)))
    return {row["name"]: row["sum"] for row in rows}


_CHECKSUM = (
    "SELECT '{0}' AS name,"
    " count(*) || ':' || coalesce(md5(string_agg(line, '|' ORDER BY line)), '') AS sum"
    " FROM (SELECT (to_jsonb(t)"
    "   - '{{used_at,hour_begun_at,requests,openings}}'::text[])::text AS line"
    ' FROM "{0}" t) rows'
)


def changes(
    who: str, before: dict[str, str], after: dict[str, str], may: frozenset[str] = NOT_COUNTED
) -> list[str]:
    """Say which tables `who` changed, but those that may grow."""
    changed = dict(after.items() - before.items()).keys() - may
    return [f"{who} changed {each}" for each in sorted(changed)]
