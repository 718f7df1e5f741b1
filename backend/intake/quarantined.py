"""What a message in quarantine is about, read again from what was kept of it."""

from uuid import UUID

import msgspec

from backend.auth.lookups import Sought
from backend.intake import fhir_reading, hub_json
from backend.intake.hub_json import HubEvent
from backend.intake.received import waiting_for
from backend.intake.whose import numbers_of


def numbers_in(dialect: str, raw: bytes, facility: UUID) -> list[Sought]:
    """Give what later messages are held back by: the kind of hash, and the number."""
    if dialect == "fhir":
        message = fhir_reading.read(raw, facility, None)
    else:
        message = hub_json.read(msgspec.json.decode(raw, type=HubEvent), raw, None)
    return [waiting_for(each) for each in numbers_of(message)]
