"""Acts as the audit has them, written at a moment that the test names."""

from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from httpx import AsyncClient

from backend.core.crypto.reasons import reason
from tests.conftest import Database
from tests.harness.unguarded import unguarded

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_numbers = count(1)


def id_at(at: datetime) -> UUID:
    """Make an id as PostgreSQL does at that moment (version 7), after those that were made."""
    number = int(at.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62 | next(_numbers)
    return UUID(int=number)


async def an_act(database: Database, patient: UUID, at: datetime, **more: Any) -> UUID:
    """Write an act; unless another actor is named, of the first session that reached the chart."""
    session = await database.owner.fetchval(
        "SELECT session FROM session_chart WHERE chart = $1 ORDER BY id LIMIT 1", patient
    )
    row: dict[str, Any] = {
        "id": id_at(at), "at": at, "actor_kind": "patient", "actor": session, "patient": patient,
        "action": "results", "from_where": "", "result": "done",
    } | more  # fmt: skip
    why = reason(row.pop("why", ""))
    row |= {"why": why.sealed(), "why_digest": why.digest} if why else {}
    names, places = ", ".join(row), ", ".join(f"${n}" for n in range(1, len(row) + 1))
    async with unguarded(database.owner):
        await database.owner.execute(
            f"INSERT INTO audit_event ({names}, written_by)"
            f" VALUES ({places}, pg_current_xact_id())",
            *row.values(),
        )
    made: UUID = row["id"]
    return made


async def lines(
    client: AsyncClient, bearer: Any, patient: str = "me", language: str = "en", **query: Any
) -> list[dict[str, Any]]:
    """Read the whole log, page after page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        answer = await client.get(
            f"/v1/patients/{patient}/access-log",
            headers={**bearer, "Accept-Language": language},
            params={"limit": 100, **query} | ({"cursor": cursor} if cursor else {}),
        )
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["nextCursor"]
        if cursor is None:
            return found
