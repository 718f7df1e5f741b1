"""Reads what Practitioners, Organizations and Locations are called."""

from backend.intake.fhir_values import Resource

PARTIES = frozenset({"Practitioner", "Organization", "Location"})


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
