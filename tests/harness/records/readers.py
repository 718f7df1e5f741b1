"""Where a patient may find a record, and what a worker does when the hour has come."""

from base64 import b64encode
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from httpx import AsyncClient, Response

from backend.auth.access import access_tokens
from backend.core.clock import now
from backend.notifications.planning.scheduled import release_held
from backend.records.lifecycle.release import release_due
from backend.records.lifecycle.release_policies import set_policy
from backend.records.visibility.release_rules import parse_policy
from tests.conftest import Database, Travel
from tests.harness.fakes.sender import FakeProvider
from tests.harness.intake.hospital import Hospital
from tests.harness.intake.other_kinds import HERS, concept, sent
from tests.harness.notifications.steps import the_worker_sends, until_ten

Resource = dict[str, Any]
VALUE: Final = 7.31
"""Stands in the measurement, and nowhere else."""
PLACES: Final = frozenset(
    {"list", "one", "file", "changes", "timeline", "measurements", "trend", "summary"}
)
"""All of them have the value, but list and file, which have the report's own name."""
NAME: Final = "Mô bệnh học"
FORM: Final = {"contentType": "text/plain", "data": b64encode(NAME.encode()).decode()}


def measured(name: str = "m1", **more: Any) -> Resource:
    return {
        "resourceType": "Observation", "id": name, "status": "final", "subject": HERS,
        "code": concept("Độ dày", "2345-7"), "issued": now().isoformat(),
        "valueQuantity": {"value": VALUE, "unit": "mm"},
        "category": [{"coding": [{"system": "urn:loai", "code": "laboratory"}]}],
    } | more  # fmt: skip


def reported(name: str = "r1", *, shows: tuple[str, ...] = ("m1",), **more: Any) -> Resource:
    return {
        "resourceType": "DiagnosticReport", "id": name, "status": "final", "subject": HERS,
        "code": concept(NAME), "issued": now().isoformat(), "presentedForm": [FORM],
    } | ({"result": [{"reference": f"Observation/{each}"} for each in shows]} if shows else {}
    ) | more  # fmt: skip


async def files(hospital: Hospital, *resources: Resource) -> None:
    answer = await hospital.posts(sent(*resources))
    assert answer.status_code == 200, answer.text


@dataclass(frozen=True)
class Readers:
    database: Database
    client: AsyncClient
    session: UUID
    patient: UUID
    facility: UUID

    async def policy(self, policy: str, record_class: str = "result") -> None:
        await set_policy(self.facility, record_class, parse_policy(policy))

    async def reads(self, address: str) -> Response:
        shown = access_tokens.issue(self.session)
        return await self.client.get(
            f"/v1/patients/me/{address}", headers={"Authorization": f"Bearer {shown}"}
        )

    async def places(self) -> frozenset[str]:
        """Give the places where the report or its measurement can be seen."""
        report, measurement = [
            await self.database.owner.fetchval(f"SELECT id FROM {table} ORDER BY id LIMIT 1")
            for table in ("result", "observation")
        ]
        found = {
            "list": await self.reads("results"),
            "one": await self.reads(f"results/{report}"),
            "file": await self.reads(f"results/{report}/content"),
            "changes": await self.reads("changes"),
            "timeline": await self.reads("timeline"),
            "measurements": await self.reads("observations"),
            "trend": await self.reads(f"observations/{measurement}/trend"),
            "summary": await self.reads("summary"),
        }
        assert {each.status_code for each in found.values()} <= {200, 404}
        return frozenset(
            place for place, read in found.items() if str(VALUE) in read.text or NAME in read.text
        )

    async def released(self) -> None:
        """What a worker does once a second."""
        async with self.database.as_worker():
            await release_due()

    async def told(self) -> list[str]:
        rows = await self.database.owner.fetch("SELECT kind FROM notification ORDER BY id")
        return [row["kind"] for row in rows]

    async def waiting(self) -> int:
        return int(await self.database.owner.fetchval("SELECT count(*) FROM deferred_notice"))

    async def texts(self, time_moves: Travel) -> int:
        """Send what is due by ten the next morning; give how many texts that were."""
        provider = FakeProvider()
        async with time_moves(until_ten()):
            async with self.database.as_worker():
                await release_held()
            await the_worker_sends(self.database, provider)
        return len(provider.sent)


def hours_later(time_moves: Travel, hours: float) -> AbstractAsyncContextManager[datetime]:
    return time_moves(timedelta(hours=hours))
