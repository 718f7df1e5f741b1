"""Holds the parts of a FHIR message while it is being read."""

from dataclasses import dataclass

from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.business_keys import Keys
from backend.intake.fhir.model.references import References


@dataclass(frozen=True, slots=True)
class MessageParts:
    """The parts of a message while it is being read."""

    entries: list[Entry]
    references: References
    keys: Keys
