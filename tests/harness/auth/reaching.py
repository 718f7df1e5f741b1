"""Sessions that reach charts of several hospitals, stored as sign-ins would store them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
from httpx import AsyncClient, Response

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller
from backend.core.crypto.sealing import seal
from backend.core.database import new_id
from tests.conftest import Database
from tests.harness.makers import a_facility, a_patient


@dataclass(frozen=True, slots=True)
class Reach:
    """How a session reaches a chart."""

    chart: UUID
    level: str = "otp"
    proof: str = "code"
    stepped_up: bool = False


async def store_reach(owner: asyncpg.Connection, session: UUID, *reaches: Reach) -> None:
    for each in reaches:
        await owner.execute(
            "INSERT INTO session_chart (id, session, chart, level, proof, reached_at,"
            " stepped_up_until) VALUES ($1, $2, $3, $4, $5, hub_clock(), hub_clock() + $6)",
            new_id(), session, each.chart, each.level, each.proof,
            timedelta(minutes=15) if each.stepped_up else None,
        )  # fmt: skip


async def store_device(owner: asyncpg.Connection) -> UUID:
    device = new_id()
    await owner.execute("INSERT INTO device (id, platform) VALUES ($1, 'android')", device)
    return device


async def store_session(
    owner: asyncpg.Connection, *reaches: Reach, device: UUID | None = None
) -> UUID:
    """Store a session on a phone of its own, unless another's is named."""
    session = new_id()
    device = device or await store_device(owner)
    await owner.execute(
        "INSERT INTO session (id, device, created_at, used_at, expires_at, refresh_hash)"
        " VALUES ($1, $2, hub_clock(), hub_clock(), hub_clock() + interval '1 day', $3)",
        session, device, session.bytes,
    )  # fmt: skip
    await store_reach(owner, session, *reaches)
    return session


@dataclass(frozen=True, slots=True)
class App:
    """An app that is signed in."""

    client: AsyncClient
    database: Database
    session: UUID
    chart: UUID

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {access_tokens.issue(self.session)}"}

    @property
    def caller(self) -> Caller:
        return Caller(self.session)

    async def device(self) -> UUID:
        found: UUID = await self.database.owner.fetchval(
            "SELECT device FROM session WHERE id = $1", self.session
        )
        return found

    async def sends(self, method: str, path: str, body: object = None) -> Response:
        return await self.client.request(method, f"/v1/me/{path}", headers=self.bearer, json=body)

    async def lists(self, path: str) -> list[dict[str, Any]]:
        answer = await self.sends("GET", path)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def reads(self, chart: UUID | str, what: str = "") -> Response:
        path = f"/v1/patients/{chart}{what and f'/{what}'}"
        return await self.client.get(path, headers=self.bearer)

    async def pushes_to(self, token: str) -> None:
        answer = await self.sends("PUT", "devices/current/push-token", {"token": token})
        assert answer.status_code == 204, answer.text

    async def lives(self) -> bool:
        return (await self.sends("GET", "sessions")).status_code == 200

    async def reached(self) -> set[UUID]:
        """Give the charts that it reaches now."""
        rows = await self.database.owner.fetch(
            "SELECT c.chart FROM session_chart c JOIN session s ON s.id = c.session"
            " WHERE s.id = $1 AND s.ended_at IS NULL AND c.ended_at IS NULL"
            " AND c.level <> 'found'",
            self.session,
        )
        return {row["chart"] for row in rows}


@dataclass(frozen=True, slots=True)
class Reaching:
    """Some hospitals, the charts that they have, and apps that reach them."""

    client: AsyncClient
    database: Database

    async def facility(self, name: str = "BV MAU", *, discreet: bool = False) -> UUID:
        made = await a_facility(self.database, name)
        if discreet:
            await self.database.owner.execute(
                "UPDATE facility SET discreet = true WHERE id = $1", made
            )
        return made

    async def chart(self, facility: UUID | None = None, birth_date: str = "1985-03-12") -> UUID:
        """Make a chart of a grown woman, at a hospital of its own unless one is named."""
        made = (await a_patient(self.database, facility or await self.facility(), phone=None)).id
        await self.database.owner.execute(
            "UPDATE patient SET birth_date = $2 WHERE id = $1",
            made, seal(birth_date, table="patient", column="birth_date", row=made),
        )  # fmt: skip
        return made

    async def charts(self, count: int) -> list[UUID]:
        return [await self.chart() for _ in range(count)]

    async def app(self, *reaches: Reach | UUID, device: UUID | None = None) -> App:
        stored = [each if isinstance(each, Reach) else Reach(each) for each in reaches]
        session = await store_session(self.database.owner, *stored, device=device)
        return App(self.client, self.database, session, stored[0].chart)

    async def rows_of(self, action: str) -> list[tuple[UUID | None, UUID | None, str]]:
        """Give actor, chart and result of each row of this act, the oldest first."""
        rows = await self.database.owner.fetch(
            "SELECT actor, patient, result FROM audit_event WHERE action = $1 ORDER BY id", action
        )
        return [(row["actor"], row["patient"], row["result"]) for row in rows]

    async def told(self, chart: UUID) -> list[str]:
        rows = await self.database.owner.fetch(
            "SELECT kind FROM notification WHERE patient = $1 ORDER BY id", chart
        )
        return [row["kind"] for row in rows]


def ids(found: Sequence[dict[str, Any]], name: str = "id") -> list[UUID]:
    return [UUID(each[name]) for each in found]
