"""A provider whose calls stay open until the test lets them go."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from backend.gateways.sender import OutboundMessage, SendResult
from tests.harness.fakes.sender import FakeProvider


@dataclass
class HeldProvider(FakeProvider):
    """Every call arrives, and is answered when `open` is set."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    """Released once for each call that has come in."""

    async def send(
        self, address: str, message: OutboundMessage, *, attempt: UUID, wire_deadline: float
    ) -> SendResult:
        answered = await super().send(
            address, message, attempt=attempt, wire_deadline=wire_deadline
        )
        self.arrived.release()
        await self.open.wait()
        return answered

    async def arrive(self, calls: int = 1) -> None:
        """Wait until so many more calls have come in."""
        for _ in range(calls):
            await self.arrived.acquire()
