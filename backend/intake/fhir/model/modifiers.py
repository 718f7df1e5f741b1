"""Finds what changes the meaning of a resource in a way that the hub does not know."""

from collections.abc import Iterator
from typing import Any, Final

from backend.core.errors import Issue
from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.datatypes import NotUnderstood, Resource
from backend.intake.fhir.model.read_elements import READ

_CHANGING: Final = ("modifierExtension", "implicitRules")
_WORDS: Final = "changes the meaning in a way unknown here"


def refuse_modified(entry: Entry) -> None:
    """Refuse a resource that is read, if anything inside of it is meant otherwise than it says.

    Raises:
        NotUnderstood: with each place.
    """
    _refuse(list(_found(entry.resource, entry.path)) if entry.kind in READ else [])


def refuse_modified_bundle(bundle: Resource) -> None:
    """Refuse a Bundle that is meant otherwise than it says, whatever stands in its resources.

    Raises:
        NotUnderstood: with each place.
    """
    places = [("Bundle", bundle), *(
        (f"Bundle.entry[{n}]", entry) for n, entry in enumerate(bundle.get("entry", []))
    )]  # fmt: skip
    _refuse(
        [
            Issue(f"{path}.{name}", _WORDS)
            for path, part in places
            for name in _CHANGING
            if part.get(name)
        ]
    )


def _refuse(faults: list[Issue]) -> None:
    if faults:
        raise NotUnderstood(faults=faults)


def _found(value: Any, path: str) -> Iterator[Issue]:
    if isinstance(value, list):
        for n, part in enumerate(value):
            yield from _found(part, f"{path}[{n}]")
    elif isinstance(value, dict):
        for name, part in value.items():
            if name in _CHANGING:
                yield Issue(f"{path}.{name}", _WORDS)
            elif isinstance(part, dict | list):
                yield from _found(part, f"{path}.{name}")
