"""What the tests of any order send, and how: one PUT, one Bundle, one message held open."""

import asyncio
from contextvars import Context
from dataclasses import dataclass, field
from uuid import UUID

from backend.intake.fhir.interactions import RequestOptions, take_resource
from backend.intake.fhir.model.opening import ResourceRequest
from backend.intake.pipeline.failpoints import UNCOMMITTED, no_failpoint
from backend.sandbox.demo.story_bundles import encoded
from tests.any_order.invented import DAY, WHOSE, Resource
from tests.conftest import Database
from tests.harness.intake.hospital import Hospital

DOCTOR: Resource = {"resourceType": "Practitioner", "id": "p1", "name": [{"text": "BS. Lê Minh"}]}
ILLNESS: Resource = {
    "resourceType": "Condition", "id": "c1", "subject": WHOSE, "code": {"text": "Sốt"},
    "recorder": {"reference": "Practitioner/p1"},
}  # fmt: skip
MEASURED: Resource = {
    "resourceType": "Observation", "id": "o1", "status": "final", "subject": WHOSE,
    "code": {"text": "Natri"}, "effectiveDateTime": DAY, "valueInteger": 140,
}  # fmt: skip
REPORT: Resource = {
    "resourceType": "DiagnosticReport", "id": "k1", "status": "final", "subject": WHOSE,
    "code": {"text": "Điện giải"}, "issued": DAY, "result": [{"reference": "Observation/o1"}],
}  # fmt: skip


async def puts(hospital: Hospital, one: Resource) -> None:
    answer = await hospital.sends(
        "PUT", f"/fhir/R4/{one['resourceType']}/{one['id']}", encoded(one)
    )
    assert answer.status_code in {200, 201}, (one["resourceType"], one["id"], answer.text)


async def posts(hospital: Hospital, said: list[Resource]) -> None:
    entries = [
        {"resource": one,
         "request": {"method": "PUT", "url": f"{one['resourceType']}/{one['id']}"}}
        for one in said
    ]  # fmt: skip
    answer = await hospital.posts(
        {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    )
    assert answer.status_code == 200, answer.text


@dataclass
class HeldOpen:
    """A message that has done all of it, and is not committed yet."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def failpoint(self, point: str, _: UUID) -> None:
        if point == UNCOMMITTED:
            self.reached.set()
            await self.goes_on.wait()


async def takes(hospital: Hospital, one: Resource, held: HeldOpen | None = None) -> int:
    failpoint = held.failpoint if held else no_failpoint
    options = RequestOptions(facility=hospital.facility, failpoint=failpoint)
    asked = ResourceRequest(put_id=one["id"])
    answer = await take_resource(encoded(one), one["resourceType"], asked, options)
    return int(answer.status_code or 0)


def sent(hospital: Hospital, one: Resource, held: HeldOpen | None = None) -> "asyncio.Task[int]":
    return asyncio.create_task(takes(hospital, one, held), context=Context())


async def waits(database: Database, task: "asyncio.Task[int]") -> bool:
    """Tell whether the message waits for a lock; False once it has ended without one."""
    while not task.done():
        if await database.owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            return True
    return False
