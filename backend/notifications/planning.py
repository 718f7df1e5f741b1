"""From 'something happened' to the rows the worker will send, in the transaction that made it true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.notifications.rules import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """All that other packages may tell this one: never what a record says.

    `ticket` and `counter` are a letter and up to four digits at most, so nothing clinical fits.
    """

    patient: UUID
    facility: UUID
    kind: Kind
    subject: UUID
    """What it is about: the id of a result, an appointment, a called queue."""
    happened_at: datetime
    accepted_at: datetime
    """When the hospital's request came in."""
    received_event: UUID
    told_state: str = ""
    """Which state of the subject is told: the same one is told once."""
    ticket: str = ""
    counter: str = ""
    starts_at: datetime | None = None


async def plan(notices: Sequence[Notice]) -> None:
    """Write down what must be sent. Call it once, last, in the transaction that made it true."""
    raise NotImplementedError(notices)
