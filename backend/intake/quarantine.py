"""Retries the messages in quarantine in their order, and carries out what a desk decides of one.

Each message is tried by itself. One that cannot be read ends, with an alarm: later messages about
its numbers wait for it no longer.
"""

from dataclasses import dataclass
from uuid import UUID

from backend.auth.facilities.number_systems import numbering_of
from backend.auth.identity.blind_index import Sought
from backend.core.crypto.sealing import UnreadableSeal, seal, unseal
from backend.core.database import Row, execute, fetch, transaction
from backend.core.errors import HubError, NotFound, Unavailable
from backend.core.odd_rows.row_isolation import report_unreadable
from backend.core.postgres.database_failures import is_engine_away
from backend.intake.dialects import Received, UnreadableMessage, parse
from backend.intake.pipeline.events import InboundMessage
from backend.intake.pipeline.meant_chart import about_chart
from backend.intake.pipeline.message_log import NotWaiting, waiting_for
from backend.intake.pipeline.patient_matching import numbers_of
from backend.intake.pipeline.reasons import REFUSED_BY_DESK, WAITS_WITH
from backend.intake.pipeline.take_in import Note, take_in_again

MOST_BEHIND = 100
"""Messages that are tried at once after the one that they waited for."""


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
        received = Received(
            dialect=row["dialect"], raw=raw, facility=facility, posted=row["posted"]
        )
        entered = await take_in_again(parse(received), facility, message)
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


async def read_waiting(message: UUID, facility: UUID) -> InboundMessage:
    """Read a message that waits, with the present reader of its dialect.

    Raises:
        NotFound: this facility sent no such message.
        NotWaiting: it does not wait any more.
        UnreadableMessage: it cannot be read today.
    """
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        rows = await fetch(
            "SELECT dialect, raw, posted, outcome FROM received_event WHERE id = $1", message
        )
    if not rows:
        raise NotFound
    if rows[0]["outcome"] != "quarantined":
        raise NotWaiting
    try:
        raw = unseal(rows[0]["raw"], table="received_event", column="raw", row=message)
    except UnreadableSeal as unreadable:
        raise UnreadableMessage from unreadable
    return parse(
        Received(
            dialect=rows[0]["dialect"], raw=raw.encode(), facility=facility,
            posted=rows[0]["posted"],
        )
    )  # fmt: skip


async def let_in(message: UUID, facility: UUID, meant: UUID | None, note: Note) -> bool:
    """Take in a waiting message, as one about the chart `meant`; False when it must still wait.

    What waits behind it is tried too.

    Raises:
        NotFound, NotWaiting, UnreadableMessage: see `read_waiting`.
        NoChartMeant: see `about_chart`.
        HubError: it is refused today.
    """
    said = await read_waiting(message, facility)
    if meant is not None:
        said = await about_chart(said, meant, await numbering_of(facility))
    if not await take_in_again(said, facility, message, note):
        return False
    for follower in await _behind(message, facility):
        await _retried(follower, facility)
    return True


async def refuse(message: UUID, facility: UUID, staff: UUID, why: str) -> None:
    """End the wait of a message for good, in the transaction; its sender reads why.

    Raises:
        NotFound: this facility sent no such message.
        NotWaiting: it does not wait any more.
    """
    await execute("SELECT open_intake($1)", facility)
    rows = await fetch("SELECT outcome FROM received_event WHERE id = $1 FOR UPDATE", message)
    if not rows:
        raise NotFound
    if rows[0]["outcome"] != "quarantined":
        raise NotWaiting
    await execute(
        "UPDATE received_event SET outcome = 'refused', reason = $2, told_why = $3,"
        " decided_by = $4, decided_at = hub_clock() WHERE id = $1",
        message, REFUSED_BY_DESK,
        seal(why, table="received_event", column="told_why", row=message), staff,
    )  # fmt: skip


async def _behind(message: UUID, facility: UUID) -> list[UUID]:
    """Give what waits only because an earlier message about the same number waited."""
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        rows = await fetch(
            "SELECT f.id FROM received_event f JOIN received_event m ON m.id = $2"
            " WHERE f.facility = $1 AND f.outcome = 'quarantined' AND f.reason = $3"
            " AND f.waits_for && m.waits_for ORDER BY f.id LIMIT $4",
            facility, message, WAITS_WITH, MOST_BEHIND,
        )  # fmt: skip
    return [row["id"] for row in rows]


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
    received = Received(dialect=dialect, raw=raw, facility=facility, posted=False)
    numbers = numbers_of(parse(received))
    return [pair for number in numbers for pair in waiting_for(number)]
