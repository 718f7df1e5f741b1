"""Reads a message that was taken in before once more, from the bytes that were kept of it."""

from uuid import UUID

import msgspec

from backend.intake import fhir_bundle, hub_json
from backend.intake.events import Message
from backend.intake.fhir_answers import resource_response
from backend.intake.fhir_door import Wishes, whole
from backend.intake.fhir_parsing import parse
from backend.intake.fhir_reading import Sent, read
from backend.intake.hub_json import HubEvent


def read_again(dialect: str, raw: bytes, facility: UUID) -> Message:
    """Give the message as it was understood, by what is understood today.

    Raises:
        HubError: today it would be refused.
    """
    if dialect == "hub":
        return hub_json.read(msgspec.json.decode(raw, type=HubEvent), raw, None)
    resource = parse(raw)
    if resource["resourceType"] == "Bundle":
        return read(whole(raw, resource, Wishes(facility=facility)), facility)
    entry = fhir_bundle.alone(resource, resource["resourceType"], str(resource.get("id", "")))
    sent = Sent(raw=raw, entries=[entry], sender_id=None, answered=resource_response)
    return read(sent, facility)
