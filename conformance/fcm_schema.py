"""Makes a JSON Schema, closed at every object, out of Google's discovery document."""

import re
from typing import Any

_FORMATS: dict[str, dict[str, Any]] = {
    "google-duration": {"pattern": r"^-?\d+(\.\d{1,9})?s$"},
    "google-datetime": {"pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$"},
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
}


def json_schema(discovery: dict[str, Any], root: str) -> dict[str, Any]:
    kinds = {name: _node(kind) for name, kind in discovery["schemas"].items()}
    return {"$ref": f"#/$defs/{root}", "$defs": kinds}


def _node(told: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in told:
        return {"$ref": f"#/$defs/{told['$ref']}"}
    match told["type"]:
        case "any":
            return {}
        case "array":
            return {"type": "array", "items": _node(told["items"])}
        case "object":
            return _closed(told)
        case plain:
            return {"type": plain, **_enum(told), **_FORMATS.get(told.get("format", ""), {})}


def _closed(told: dict[str, Any]) -> dict[str, Any]:
    """Allow the named fields only, or what the document says about free ones."""
    free = told.get("additionalProperties")
    fields = {
        spelling: _node(field)
        for name, field in told.get("properties", {}).items()
        for spelling in (name, _snake(name))
    }
    closed = False if free is None else _node(free)
    return {"type": "object", "properties": fields, "additionalProperties": closed}


def _enum(told: dict[str, Any]) -> dict[str, Any]:
    """Take the lower case too: Google's own SDK writes priorities that way."""
    words = told.get("enum")
    return {"enum": [*words, *(word.lower() for word in words)]} if words else {}


def _snake(name: str) -> str:
    """Spell a field as in the .proto file: JSON for protocol buffers is read in both spellings."""
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
