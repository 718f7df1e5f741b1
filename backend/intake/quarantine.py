"""Retries the messages in quarantine in their order, once their contradiction is settled.

Each message is tried by itself. One that cannot be read ends, with an alarm: later messages about
its numbers wait for it no longer.
"""

from dataclasses import dataclass
from uuid import UUID

from backend.auth.identity.blind_index import Sought
from backend.core.crypto.sealing import UnreadableSeal, unseal
from backend.core.database import Row, execute, fetch, transaction
from backend.core.errors import HubError, Unavailable
from backend.core.odd_rows.row_isolation import report_unreadable
from backend.core.postgres.database_failures import is_engine_away
from backend.intake.dialects import parse
from backend.intake.pipeline.message_log import waiting_for
from backend.intake.pipeline.patient_matching import numbers_of
from backend.intake.pipeline.take_in import take_in_again


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
        counted[await _retried(message, facility)] += 1
    return Retried(**counted)


async def _retried(message: UUID, facility: UUID) -> str:
    """Try one message, and say which number it belongs to."""
    try:
        row = await _opened(message, facility)
        raw = unseal(row["raw"], table="received_event", column="raw", row=message).encode()
    except UnreadableSeal as unreadable:
        await _end(message, facility)
        await report_unreadable("received_event.raw", message, unreadable)
        return "unreadable"
    try:
        read = parse(row["dialect"], raw, facility, posted=row["posted"])
        entered = await take_in_again(read, facility, message)
    except Unavailable:
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
        (row,) = await fetch(
            "SELECT dialect, raw, posted FROM received_event WHERE id = $1", message
        )
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
    numbers = numbers_of(parse(dialect, raw, facility))
    return [pair for number in numbers for pair in waiting_for(number)]
