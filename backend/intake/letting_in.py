"""Lets in messages that waited, in the order they came, once what they contradicted is settled."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from backend.crypto import unseal
from backend.database import Row, execute, fetch, transaction
from backend.errors import HubError
from backend.intake import fhir_bundle, hub_json
from backend.intake.events import Message
from backend.intake.fhir_answers import resource_response
from backend.intake.fhir_door import Wishes, whole
from backend.intake.fhir_parsing import parse
from backend.intake.fhir_reading import Sent, read
from backend.intake.hub_json import HubEvent
from backend.intake.take_in import let_in


@dataclass(frozen=True, slots=True)
class LetIn:
    """How many were let in, wait on, or are refused by now."""

    let_in: int
    waiting: int
    refused: int


async def let_in_waiting(facility: UUID) -> LetIn:
    """Try every message of this facility that waits; what still contradicts waits on."""
    counted = {"let_in": 0, "waiting": 0, "refused": 0}
    for row in await _waiting(facility):
        try:
            entered = await let_in(_message(row, facility), facility, row["id"])
        except HubError:
            counted["refused"] += 1
            continue
        counted["let_in" if entered else "waiting"] += 1
    return LetIn(**counted)


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


def _message(row: Row, facility: UUID) -> Message:
    raw = unseal(row["raw"], table="received_event", column="raw", row=row["id"]).encode()
    if row["dialect"] == "hub":
        return hub_json.read(msgspec.json.decode(raw, type=HubEvent), raw, None)
    resource = parse(raw)
    if resource["resourceType"] == "Bundle":
        return read(whole(raw, resource, Wishes(facility=facility)), facility)
    entry = fhir_bundle.alone(resource, resource["resourceType"], str(resource.get("id", "")))
    sent = Sent(raw=raw, entries=[entry], sender_id=None, answered=resource_response)
    return read(sent, facility)
