"""The port to the providers of messages: what a sender takes, and how it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Protocol
from uuid import UUID


class Channel(StrEnum):
    PUSH = "push"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """The text that a lock screen may show. It has no field for the content of a record."""

    text: str
    """The whole SMS, or the body of the push."""
    title: str = ""
    """Of a push: the facility's short name."""
    notification: UUID | None = None
    """Of a push: the opaque id the app fetches, and what makes a repeat replace itself."""
    lifetime: int = 3600
    """Seconds after which the provider need not try any more."""


class SendOutcome(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"  # for good
    TRY_LATER = "try_later"  # certainly not accepted
    IN_DOUBT = "in_doubt"  # whatever is not known for certain


class FailureScope(StrEnum):
    """The scope of a refusal: the address, the channel, or the hub."""

    NOBODY = ""
    ADDRESS = "address"  # this number or token is dead: do not use it again
    CHANNEL = "channel"  # our credential or our set-up; so far nothing acts on it
    MESSAGE = "message"  # our text or payload was wrong


@dataclass(frozen=True, slots=True)
class SendResult:
    """The provider's answer in the hub's four outcomes."""

    outcome: SendOutcome
    provider_id: str = ""
    code: str = ""
    """The provider's error code or the name of what went wrong: an identifier, never a text."""
    retry_after: float | None = None
    """Seconds the provider asked us to wait."""
    failure_scope: FailureScope = FailureScope.NOBODY


@dataclass(frozen=True, slots=True)
class ListedText:
    """A text that the provider has accepted from the hub, by its own list."""

    provider_id: str
    text: str
    status: str
    created_at: datetime


class ReceiptRank(IntEnum):
    """The progress of a message, for every provider. Only a higher rank moves a delivery.

    The numbers are stored (`delivery.rank`).
    """

    ACCEPTED = 1
    SENDING = 2
    SENT = 3
    FAILED = 4
    DELIVERED = 5
    READ = 6


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider's later report on an accepted message."""

    provider_id: str
    word: str
    """The provider's own, as support sees it."""
    rank: ReceiptRank | None
    """None for a word that the adapter does not know."""
    code: str = ""
    """The provider's error code."""
    failure_scope: FailureScope = FailureScope.NOBODY
    """ADDRESS when the code says that the number itself does not work."""
    unreachable: bool = False
    """The phone could not be reached this time; after many times, nobody has the number."""


class Sender(Protocol):
    async def send(
        self, address: str, message: OutboundMessage, *, attempt: UUID, wire_deadline: float
    ) -> SendResult:
        """Make one call, and only one.

        Not one byte of the request leaves after `wire_deadline` (on `time.monotonic()`): then, and
        whenever the request was certainly not accepted, the answer is TRY_LATER. Never raises.
        """
        ...

    async def close(self) -> None: ...


class Lister(Protocol):
    async def listed(self, address: str, since: datetime) -> list[ListedText]:
        """List the texts accepted for this address, newest first, back to `since`.

        Raises:
            ListingFailed: the provider did not answer; nothing is known.

        """
        ...


class ListingFailed(Exception):
    """The provider could not be asked what it has accepted."""


Senders = Mapping[Channel, Sender]
