"""Reads Practitioners, Organizations and Locations: of each the name is kept."""

from backend.intake.fhir_bundle import Entry
from backend.intake.fhir_keys import Keys
from backend.intake.fhir_names import name_of
from backend.records.contents import PartyContent


def party(entry: Entry, keys: Keys) -> PartyContent | None:
    """Read one; None for one without a name, which nothing could show."""
    name = name_of(entry.resource)
    if not name:
        return None
    return PartyContent(
        kind=entry.kind,
        key=keys.key(entry),
        local_id=keys.local_id(entry),
        name=name,
        content_hash=keys.content_hash(entry),
    )
