"""Reads what Practitioners, Organizations and Locations are called."""

from backend.intake.fhir_bundle import Entry
from backend.intake.fhir_keys import Keys
from backend.intake.fhir_values import Resource
from backend.records.contents import PartyContent

PARTIES = frozenset({"Practitioner", "Organization", "Location"})


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


def name_of(resource: Resource) -> str:
    """Give the usual name: as text, else its parts the way they are spoken."""
    said = resource.get("name")
    if isinstance(said, str):
        return said
    names = [each for each in said or [] if each.get("use") not in {"old", "temp"}]
    if not names:
        return ""
    name = names[0]
    if name.get("text"):
        return str(name["text"])
    family = [name["family"]] if name.get("family") else []
    return " ".join([*name.get("prefix", []), *name.get("given", []), *family])
