"""A provider that remembers what it was given, and answers what the test told it to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backend.core.clock import now
from backend.gateways.sender import (
    ListedText,
    ListingFailed,
    OutboundMessage,
    SendOutcome,
    SendResult,
)


@dataclass
class FakeProvider:
    """Sender and Lister in one, like Twilio: what it accepted, it lists."""

    answer: Callable[[], SendResult] = lambda: SendResult(SendOutcome.ACCEPTED, "")
    accepts: bool = True
    """Whether it has the message, whatever it answers."""
    lists: bool = True
    sent: list[tuple[str, OutboundMessage, UUID]] = field(default_factory=list)
    accepted: list[ListedText] = field(default_factory=list)
    looked: int = 0

    async def send(
        self, address: str, message: OutboundMessage, *, attempt: UUID, wire_deadline: float
    ) -> SendResult:
        self.sent.append((address, message, attempt))
        provider_id = f"SM{len(self.sent)}"
        if self.accepts:
            self.accepted.insert(0, ListedText(provider_id, message.text, "sent", now()))
        result = self.answer()
        if result.outcome is SendOutcome.ACCEPTED:
            return SendResult(SendOutcome.ACCEPTED, provider_id)
        return result

    async def listed(self, address: str, since: datetime) -> list[ListedText]:
        self.looked += 1
        if not self.lists:
            raise ListingFailed
        return [each for each in self.accepted if each.created_at >= since]

    async def close(self) -> None:
        return
