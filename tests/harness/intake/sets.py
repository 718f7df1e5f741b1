"""Messages that are sent at once, so that they are taken in as sets."""

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from httpx import Response

from backend.core.metrics import INTAKE_SETS
from backend.sandbox.demo.story_bundles import StoryPerson
from tests.harness.intake.hospital import Hospital

Said = dict[str, Any]


def people(count: int) -> list[StoryPerson]:
    """Make people of one hospital, each with numbers of their own."""
    return [
        StoryPerson("Trần Thị Lan", f"BN{n:06}", f"079185{n:06}", "1985-03-12", "female",
                    f"0901{n:06}")
        for n in range(1, count + 1)
    ]  # fmt: skip


def ready(person: StoryPerson, name: str = "", order: str = "") -> Said:
    """Say that a result of this person is ready."""
    return {
        "type": "result.ready", "eventId": name or str(uuid4()), "orderId": order or str(uuid4()),
        "patient": {"hospitalNumber": person.hospital_number},
    }  # fmt: skip


def of_nobody() -> Said:
    """Say that a result of somebody is ready whom nobody has registered."""
    return {"type": "result.ready", "eventId": str(uuid4()), "patient": {"hospitalNumber": "?"}}


async def at_once(hospital: Hospital, events: Iterable[Said]) -> list[Response]:
    return await asyncio.gather(*(hospital.says(event) for event in events))


def sets_begun(outcome: str) -> int:
    """How many sets this process began, by what became of them."""
    return int(INTAKE_SETS.labels(outcome)._value.get())  # the library shows no other way
