"""What a patient was told so far."""

from tests.conftest import Database


async def told(database: Database) -> list[str]:
    """Everything the patient was told, in its order."""
    rows = await database.owner.fetch("SELECT kind FROM notification ORDER BY id")
    return [row["kind"] for row in rows]
