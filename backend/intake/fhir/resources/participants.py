"""Reads the people and organizations of a record: names, or references to names."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from backend.intake.fhir.model.bundle import PARTIES, Entry, name_of
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import Resource, first_of
from backend.intake.fhir.model.references import References, Target
from backend.records.filing.contents import NameOf, RecordReference


def people_of(
    entry: Entry, keys: Keys, references: References, said: Sequence[tuple[str, Resource]]
) -> Iterator[NameOf]:
    """Read the people that `references_in` finds, but for the patient and their relatives.

    Those are no part of a record in the clear: their names are stored sealed, or not at all.
    """
    for element, reference in said:
        target = references.target(reference, entry, f"{entry.path}.{element}")
        if target.kind in _PRIVATE:
            continue
        name = first_of(reference.get("display"), name_of(target.contained or {}))
        yield NameOf(name=name or "", reference=_named(target, keys))


_PRIVATE: Final = frozenset({"Patient", "RelatedPerson"})


def _named(target: Target, keys: Keys) -> RecordReference | None:
    known = target.is_found and target.contained is None and target.kind in PARTIES
    return record_reference(target, keys) if known else None


def references_in(resource: Resource, *path: str) -> list[tuple[str, Resource]]:
    """Give the references at this path of elements, through lists."""
    found: list[tuple[str, Any]] = [("", resource)]
    for element in path:
        found = [
            (f"{at}.{element}".strip("."), reference)
            for at, part in found
            for value in [part.get(element)]
            if value is not None
            for reference in (value if isinstance(value, list) else [value])
        ]
    return found
