"""Retries the messages in quarantine in their order, once their contradiction is settled."""

from dataclasses import dataclass
from uuid import UUID

from backend.auth.identity.blind_index import Sought
from backend.core.crypto.sealing import unseal
from backend.core.database import Row, execute, fetch, transaction
from backend.core.errors import HubError
from backend.intake.dialects import parse
from backend.intake.pipeline.events import InboundMessage
from backend.intake.pipeline.message_log import waiting_for
from backend.intake.pipeline.patient_matching import numbers_of
from backend.intake.pipeline.take_in import take_in_again


@dataclass(frozen=True, slots=True)
class Retried:
    """The numbers of messages that were stored, still wait, or are refused now."""

    stored: int
    waiting: int
    refused: int


async def retry(facility: UUID) -> Retried:
    """Try every waiting message of this facility; those that still contradict wait on."""
    counted = {"stored": 0, "waiting": 0, "refused": 0}
    for row in await _waiting(facility):
        try:
            entered = await take_in_again(_message(row, facility), facility, row["id"])
        except HubError:
            counted["refused"] += 1
            continue
        counted["stored" if entered else "waiting"] += 1
    return Retried(**counted)


async def _waiting(facility: UUID) -> list[Row]:
    async with transaction():
        await execute("SELECT open_intake($1)", facility)
        return list(
            await fetch(
                "SELECT id, dialect, raw FROM received_event"
                " WHERE facility = $1 AND outcome = 'quarantined' ORDER BY id",
                facility,
            )
        )


def _message(row: Row, facility: UUID) -> InboundMessage:
    raw = unseal(row["raw"], table="received_event", column="raw", row=row["id"]).encode()
    return parse(row["dialect"], raw, facility)


def numbers_in(dialect: str, raw: bytes, facility: UUID) -> list[Sought]:
    """Give the numbers that hold back later messages, with the kind of their hash."""
    return [waiting_for(number) for number in numbers_of(parse(dialect, raw, facility))]
