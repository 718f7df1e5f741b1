"""Retries the messages in quarantine in their order, once their contradiction is settled.

Each message is tried by itself. One that cannot be read ends, with an alarm: later messages about
its numbers wait for it no longer.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.auth.identity.blind_index import Sought
from backend.auth.registration.patients import Person, charts_meant
from backend.core.crypto.sealing import UnreadableSeal, unseal
from backend.core.database import Row, execute, fetch, fetch_one, transaction
from backend.core.errors import HubError, NotFound, Unavailable
from backend.core.odd_rows.row_isolation import report_unreadable
from backend.core.odd_rows.unreadable import unsealed
from backend.core.postgres.database_failures import is_engine_away
from backend.intake.dialects import parse
from backend.intake.fhir.model.sender import nothing_declared, sender_of
from backend.intake.pipeline.events import PatientRegistered
from backend.intake.pipeline.message_log import waiting_for
from backend.intake.pipeline.patient_matching import numbers_of
from backend.intake.pipeline.reasons import WhyRefused
from backend.intake.pipeline.take_in import Decided, take_in_again


@dataclass(frozen=True, slots=True)
class Retried:
    """The numbers of messages that were stored, still wait, are refused, or cannot be read."""

    stored: int
    waiting: int
    refused: int
    unreadable: int = 0


async def retry(facility: UUID) -> Retried:
    """Try every waiting message of this facility; those that still contradict wait on."""
    counted = {"stored": 0, "waiting": 0, "refused": 0, "unreadable": 0}
    for message in await _waiting(facility):
        with suppress(NotFound):  # settled meanwhile
            counted[await _retried(message, facility)] += 1
    return Retried(**counted)


async def let_in(facility: UUID, message: UUID, decided: Decided) -> str:
    """Try one message as a person at the facility's desk has decided, and what waits with it.

    Gives stored, waiting, refused (today's rules refuse it) or unreadable.

    Raises:
        NotFound: this facility has no such message that waits.
    """
    await _opened(message, facility)
    became = await _retried(message, facility, decided)
    if became == "stored":
        await retry(facility)
    return became


async def refuse(
    facility: UUID, message: UUID, why: WhyRefused, note: Callable[[], Awaitable[None]]
) -> None:
    """End a message's wait: nothing of it is stored, and its sender hears why.

    Args:
        facility: whose message it is.
        message: the one that waits.
        why: what its sender hears.
        note: writes down who decided, in the same transaction.

    Raises:
        NotFound: this facility has no such message that waits.
    """
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        done = await execute(
            "UPDATE received_event SET outcome = 'refused', reason = $3 WHERE id = $1"
            " AND facility = $2 AND outcome = 'quarantined'",
            message, facility, why.value,
        )  # fmt: skip
        if done != "UPDATE 1":
            raise NotFound
        await note()
    await retry(facility)


@dataclass(frozen=True, slots=True)
class QuarantinedMessage:
    """A message that waits, as the facility's desk looks at it."""

    id: UUID
    received_at: datetime
    reason: str
    people: tuple[Person, ...]
    """The Patients that it states."""
    charts: tuple[UUID, ...]
    """The charts that its numbers lead to: compare these with what it states."""


async def waiting_at(facility: UUID, limit: int, after: UUID | None) -> list[QuarantinedMessage]:
    """List the messages of a facility that wait, the oldest first; unreadable ones say nothing."""
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        rows = await fetch(
            "SELECT id, dialect, raw, posted, received_at, reason FROM received_event"
            " WHERE facility = $1 AND outcome = 'quarantined' AND ($2::uuid IS NULL OR id > $2)"
            " ORDER BY id LIMIT $3",
            facility, after, limit,
        )  # fmt: skip
        return [await _looked_at(row, facility) for row in rows]


async def one_that_waits(facility: UUID, message: UUID) -> QuarantinedMessage:
    """Give one message that waits.

    Raises:
        NotFound: this facility has no such message that waits.
    """
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        row = await fetch_one(
            "SELECT id, dialect, raw, posted, received_at, reason FROM received_event"
            " WHERE id = $1 AND facility = $2 AND outcome = 'quarantined'",
            message, facility,
        )  # fmt: skip
        if row is None:
            raise NotFound
        return await _looked_at(row, facility)


async def _looked_at(row: Row, facility: UUID) -> QuarantinedMessage:
    raw = unsealed(row["raw"], table="received_event", column="raw", row=row["id"])
    people: tuple[Person, ...] = ()
    charts: list[UUID] = []
    with suppress(HubError):
        if raw is not None:
            sender = await sender_of(facility)
            message = parse(row["dialect"], raw.encode(), sender, posted=row["posted"])
            people = tuple(
                event.person for event in message.events if isinstance(event, PatientRegistered)
            )
            charts = await charts_meant(numbers_of(message), facility)
    return QuarantinedMessage(row["id"], row["received_at"], row["reason"], people, tuple(charts))


async def _retried(message: UUID, facility: UUID, decided: Decided | None = None) -> str:
    """Try one message, and say which number it belongs to."""
    try:
        row = await _opened(message, facility)
        raw = unseal(row["raw"], table="received_event", column="raw", row=message).encode()
    except UnreadableSeal as unreadable:
        await _end(message, facility)
        await report_unreadable("received_event.raw", message, unreadable)
        return "unreadable"
    try:
        read = parse(row["dialect"], raw, await sender_of(facility), posted=row["posted"])
        entered = await take_in_again(read, facility, message, decided)
    except (Unavailable, NotFound):
        raise
    except HubError:
        return "refused"
    except Exception as surprise:
        if is_engine_away(surprise):
            raise
        await report_unreadable("received_event", message, surprise)
        return "unreadable"
    return "stored" if entered else "waiting"


async def _waiting(facility: UUID) -> list[UUID]:
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        rows = await fetch(
            "SELECT id FROM received_event"
            " WHERE facility = $1 AND outcome = 'quarantined' ORDER BY id",
            facility,
        )
    return [row["id"] for row in rows]


async def _opened(message: UUID, facility: UUID) -> Row:
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        row = await fetch_one(
            "SELECT dialect, raw, posted FROM received_event WHERE id = $1 AND facility = $2"
            " AND outcome = 'quarantined'",
            message, facility,
        )  # fmt: skip
    if row is None:
        raise NotFound
    return row


async def _end(message: UUID, facility: UUID) -> None:
    """Keep it as it is; but no later message about its numbers waits for it any more."""
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        await execute(
            "UPDATE received_event SET outcome = 'unreadable' WHERE id = $1"
            " AND outcome = 'quarantined'",
            message,
        )


def numbers_in(dialect: str, raw: bytes, facility: UUID) -> list[Sought]:
    """Give the numbers that hold back later messages, with the kind of their hash."""
    numbers = numbers_of(parse(dialect, raw, nothing_declared(facility)))
    return [pair for number in numbers for pair in waiting_for(number)]
