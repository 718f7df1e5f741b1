"""The register of dialects: how the hub reads and answers each kind of message.

A new dialect is a line here, beside its reader and its route.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Response

from backend.core.errors import HubError
from backend.intake import hub_json
from backend.intake.fhir import interactions
from backend.intake.fhir.model.sender import SendingFacility
from backend.intake.fhir.responses import FHIR_JSON
from backend.intake.hub_json import HubEvent
from backend.intake.pipeline.events import InboundMessage
from backend.intake.pipeline.take_in import IntakeResult


class UnreadableMessage(HubError):
    """The present reader of this message's dialect cannot read it."""

    code = "unreadable_message"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message as it was stored."""

    raw: bytes
    sender: SendingFacility
    posted: bool
    """It is one resource, and was POSTed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One message format of hospitals: how the hub reads it, and how it answers."""

    parse: Callable[[Received], InboundMessage]
    """Reads a message from its bytes. Raises HubError for what is refused."""
    answer: Callable[[IntakeResult], Response[Any]]
    """Answers a message that was taken in as one."""
    content_type: str


def _parse_hub(received: Received) -> InboundMessage:
    try:
        event = msgspec.json.decode(received.raw, type=HubEvent)
    except msgspec.MsgspecError as unread:
        raise UnreadableMessage from unread
    return hub_json.read_event(event, received.raw, None)


def _parse_fhir(received: Received) -> InboundMessage:
    return interactions.parse_alone(received.raw, received.sender, posted=received.posted)


DIALECTS: Final[Mapping[str, Dialect]] = {
    "fhir": Dialect(parse=_parse_fhir, answer=interactions.bundle_answer, content_type=FHIR_JSON),
    "hub": Dialect(
        parse=_parse_hub, answer=hub_json.accepted_answer, content_type="application/json"
    ),
}
"""By the word that a kept message has in `received_event.dialect`."""


def parse(
    dialect: str, raw: bytes, sender: SendingFacility, *, posted: bool = False
) -> InboundMessage:
    """Read a stored message again, with the present reader of its own dialect.

    Args:
        dialect: of the message.
        raw: as it was sent.
        sender: who sent it.
        posted: whether it is one resource, and was POSTed.

    Raises:
        UnreadableMessage: there is no such dialect, and another one never reads it.
        HubError: today it would be refused.
    """
    known = DIALECTS.get(dialect)
    if known is None:
        raise UnreadableMessage
    return known.parse(Received(raw=raw, sender=sender, posted=posted))
