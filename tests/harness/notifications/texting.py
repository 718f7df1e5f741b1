"""Facilities that text numbers: what left, what is held, and the duties of a worker about it."""

import time
from collections import Counter
from uuid import UUID

from backend.notifications.brakes.held_texts import let_leave
from backend.notifications.delivery.claiming import claim
from backend.notifications.delivery.claims import Claim
from backend.notifications.kinds import Kind
from backend.notifications.planning.scheduled import expire, release_held
from tests.conftest import Database
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import SomePatient, a_patient
from tests.harness.notifications.steps import a_due_text, the_worker_sends


def neighbour(n: int) -> str:
    """Give a number of one block of ten thousand."""
    return f"+8497123{n:04}"


def afar(n: int) -> str:
    """Give a number that shares its first seven digits with none of its kind."""
    return f"+8497{n % 1000:03}{(n * 37) % 10000:04}" if n < 1000 else f"+8498{n % 1000:03}{n:04}"


async def chart(
    database: Database, facility: UUID, phone: str, *, bound: bool = False
) -> SomePatient:
    """A patient of this facility, which states the number; bound: the person has shown a code."""
    patient = await a_patient(database, facility, phone=phone)
    await database.owner.execute(
        "UPDATE contact_point SET confirmed_by = 'facility', proposed_by = $2,"
        " proved_at = CASE WHEN $3 THEN hub_clock() END WHERE patient = $1",
        patient.id, facility, bound,
    )  # fmt: skip
    return patient


async def told(
    database: Database, facility: UUID, phones: list[str], kind: Kind = Kind.RESULT_READY
) -> list[UUID]:
    """Make a patient with each of these numbers and a text to each; give the deliveries."""
    return [
        await a_due_text(database, await chart(database, facility, phone), kind) for phone in phones
    ]


async def claim_some(*, book: bool = True) -> list[Claim]:
    """What a worker that has this pool open claims now."""
    return await claim(
        10, worker="test", lease=60.0, margin=2.0, monotonic=time.monotonic(), book=book
    )


async def work(database: Database, rounds: int = 3) -> FakeProvider:
    """Do what a worker does, some times over; give what it sent."""
    provider = FakeProvider()
    for _ in range(rounds):
        async with database.as_worker():
            await release_held()
            await expire()
            await let_leave()
        while await the_worker_sends(database, provider):
            pass
    return provider


async def statuses(database: Database) -> Counter[tuple[str, str]]:
    rows = await database.owner.fetch("SELECT status, reason FROM delivery")
    return Counter((row["status"], row["reason"]) for row in rows)
