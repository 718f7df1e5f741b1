"""A worker's open calls and what it has claimed ahead, under the hand of a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from backend.gateways.sender import Channel
from backend.notifications.delivery.dispatcher import Dispatcher
from backend.notifications.delivery.sending import Providers
from backend.worker import deliver_until
from tests.conftest import Database
from tests.harness.fakes.held_provider import HeldProvider
from tests.harness.fakes.sender import FakeProvider
from tests.harness.makers import SomePatient, a_patient
from tests.harness.notifications.steps import LEASE, a_due_text, status


def a_wire(provider: FakeProvider, in_flight: int, lease: float = LEASE) -> Dispatcher:
    """A worker's calls; whatever has waited at all is looked at again before it begins."""
    outside = Providers({Channel.SMS: provider, Channel.PUSH: provider}, provider)
    return Dispatcher(outside, "test", lease, 5.0, in_flight, fresh=0.0)


async def ends(wire: Dispatcher) -> None:
    """Take turns until nothing is open or waits, and write all answers."""
    while await wire.claim_and_send() or wire.open_calls or len(wire.ahead):
        if wire.open_calls:
            await asyncio.wait(wire.open_calls)
    while not wire.answers.empty():
        await wire.write_some()


@asynccontextmanager
async def one_waits(
    database: Database, provider: HeldProvider, second: SomePatient
) -> AsyncIterator[tuple[Dispatcher, UUID]]:
    """One call is open, and the text of `second` is claimed and waits behind it.

    When the block ends the call is answered, and the worker goes on to the end.
    """
    first = await a_due_text(database, await a_patient(database, phone="+84901234560"))
    waits = await a_due_text(database, second)
    wire = a_wire(provider, in_flight=1)
    async with asyncio.timeout(20), database.as_worker():
        await wire.claim_and_send()
        await provider.arrive()
        assert len(wire.ahead) == 1
        assert await status(database, waits) == ("sending", "")
        yield wire, waits
        provider.open.set()
        await ends(wire)
    assert await status(database, first) == ("sent", "")


@asynccontextmanager
async def running(wire: Dispatcher) -> AsyncIterator[None]:
    """Let a worker's loop run that never looks by itself."""
    stop = asyncio.Event()
    loop = asyncio.create_task(deliver_until(stop, wire, poll=3600.0))
    try:
        yield
    finally:
        stop.set()
        await loop
