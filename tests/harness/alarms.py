"""The alarms that were raised."""

from tests.conftest import Database


async def alarms(database: Database) -> list[str]:
    rows = await database.owner.fetch(
        "SELECT action FROM audit_event WHERE actor_kind = 'system' AND result = 'alarm'"
        " ORDER BY id"
    )
    return [row["action"] for row in rows]
