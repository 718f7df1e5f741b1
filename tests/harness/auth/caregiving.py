"""A family at one hospital: who invites, who reads, who stands at the desk."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from httpx import AsyncClient, Response

from backend.auth.registration.patients import charts_of_citizen
from backend.auth.rules import Level
from backend.core.clock import now
from backend.sandbox.demo.story_bundles import LAN, TU, StoryPerson, registration, visit
from tests.conftest import Database
from tests.harness.auth.openings import open_for
from tests.harness.intake.hospital import Hospital, a_hospital, an_hour_ago

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOBODY = "0199aaaa-0000-7000-8000-000000000000"
MAI = StoryPerson("Phạm Thị Mai", "BN0004", "001190000014", "1990-07-01", "female", "0933333333")
CHILD = "079320000013"

Bearer = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """People one hospital knows, with the app on their phones."""

    client: AsyncClient
    database: Database
    hospital: Hospital

    async def registers(self, person: StoryPerson, *, with_visit: bool = False) -> UUID:
        answer = await self.hospital.posts(registration(person))
        assert answer.status_code == 200, answer.text
        if with_visit:
            answer = await self.hospital.posts(visit(person, an_hour_ago()))
            assert answer.status_code == 200, answer.text
        (found,) = await charts_of_citizen(person.citizen_id)
        return found

    async def corrects(self, person: StoryPerson, **details: Any) -> None:
        changed = registration(replace(person, **details))
        changed.pop("identifier", None)
        answer = await self.hospital.posts(changed)
        assert answer.status_code == 200, answer.text

    async def invites(self, who: Bearer, scope: str = "summary", **more: Any) -> Response:
        return await self.client.post(
            "/v1/me/caregivers/invitations", headers=who, json={"scope": scope, **more}
        )

    async def code_of(self, who: Bearer, scope: str = "summary", **more: Any) -> str:
        answer = await self.invites(who, scope, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["invitationCode"])

    async def accepts(self, who: Bearer, code: str) -> Response:
        return await self.client.post(
            "/v1/me/cared-for", headers=who, json={"invitationCode": code}
        )

    async def lets_in(
        self, patient: Bearer, caregiver: Bearer, scope: str = "summary", **more: Any
    ) -> UUID:
        code = await self.code_of(patient, scope, **more)
        answer = await self.accepts(caregiver, code)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    async def reads(self, who: Bearer, patient: UUID | str, what: str = "") -> Response:
        path = f"/v1/patients/{patient}{what and f'/{what}'}"
        return await self.client.get(path, headers=who)

    async def lists(self, who: Bearer, what: str) -> list[dict[str, Any]]:
        answer = await self.client.get(f"/v1/me/{what}", headers=who)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def told(self, patient: UUID) -> list[str]:
        rows = await self.database.owner.fetch(
            "SELECT kind FROM notification WHERE patient = $1 AND kind LIKE 'caregiver.%'"
            " ORDER BY id",
            patient,
        )
        return [row["kind"] for row in rows]


async def a_family(client: AsyncClient, database: Database) -> Family:
    return Family(client, database, await a_hospital(database, client))


async def signed_in(patient: UUID, level: Level = Level.OTP) -> dict[str, str]:
    """Open a session for the patient, on a phone of its own, as strongly as the test needs."""
    opened = await open_for(patient, level=level, proof="code")
    return {"Authorization": f"Bearer {opened.access_token}"}


def a_child(seventh: date, birth_date: str | None = None) -> StoryPerson:
    """A boy who turns 7 on that day."""
    born = birth_date or seventh.replace(year=seventh.year - 7).isoformat()
    return StoryPerson("Trần Văn Bé", "BN0003", CHILD, born, "male", "0944444444")


def in_days(days: int) -> date:
    """A local day, never the 29th of February."""
    day = now().astimezone(HANOI).date() + timedelta(days=days)
    return day if (day.month, day.day) != (2, 29) else day + timedelta(days=1)


def until(day: date) -> timedelta:
    """How long it is to the local midnight a day begins with."""
    return datetime.combine(day, time(), HANOI) - now()


__all__ = ["LAN", "MAI", "NOBODY", "TU", "Family", "a_child", "a_family", "in_days", "signed_in"]
