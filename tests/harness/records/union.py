"""A session that reaches charts at several hospitals, each with a visit of its own."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller
from backend.sandbox.demo.story_bundles import StoryPerson, visit
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago
from tests.harness.records.reaching import a_session, reaches


@dataclass(frozen=True, slots=True)
class Union:
    """One session, and a chart at each of some hospitals, the first one opened first."""

    database: Database
    client: AsyncClient
    session: UUID
    charts: list[UUID]
    hospitals: list[Hospital]

    @property
    def caller(self) -> Caller:
        return Caller(self.session)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {access_tokens.issue(self.session)}"}

    async def reads(self, address: str, chart: UUID | str = "me", **params: Any) -> Response:
        return await self.client.get(
            f"/v1/patients/{chart}/{address}".rstrip("/"), params=params, headers=self.bearer
        )

    async def listed(self, name: str, limit: int = 100, **params: Any) -> list[dict[str, Any]]:
        """Read a list to its end, page by page."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            answer = await self.reads(name, limit=limit, **params, **cursor)
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
            if answer.json()["nextCursor"] is None:
                return items
            cursor = {"cursor": answer.json()["nextCursor"]}

    async def ids_of(self, table: str, *charts: UUID) -> set[str]:
        rows = await self.database.owner.fetch(
            f"SELECT id FROM {table} WHERE patient = ANY ($1)", list(charts)
        )
        return {str(row["id"]) for row in rows}


_people = count(100_000)


def a_person(n: int) -> StoryPerson:
    """The person of the nth chart: its visit can be told again by the same numbers."""
    return StoryPerson(
        "Trần Thị Lan", f"BN{n}", f"079185{next(_people)}", "1985-03-12", "female", f"090000000{n}"
    )


async def a_union(database: Database, client: AsyncClient, charts: int, reached: int) -> Union:
    """So many charts, each at a hospital of its own; the session reaches the first ones."""
    hospitals: list[Hospital] = []
    found: list[UUID] = []
    for n in range(charts):
        hospital = await a_hospital(database, client, f"BV {n}")
        await database.owner.execute(
            "UPDATE facility SET name = $2 WHERE id = $1", hospital.facility, f"Bệnh viện {n}"
        )
        person = a_person(n)
        await hospital.registers(person)
        await hospital.posts(visit(person, an_hour_ago() - timedelta(minutes=n)))
        hospitals.append(hospital)
        found.append(
            await database.owner.fetchval(
                "SELECT patient FROM patient_identifier WHERE facility = $1 LIMIT 1",
                hospital.facility,
            )
        )
    session = await a_session(database.owner, found[0])
    for chart in found[:reached]:
        await reaches(database.owner, session, chart)
    return Union(database, client, session, found, hospitals)
