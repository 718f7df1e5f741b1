"""Reads the people and organizations of a record: names, or references to names."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from backend.intake.fhir.model.bundle import Entry, name_of
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import Resource, first_of, refuse
from backend.intake.fhir.model.references import References, Target
from backend.records.filing.contents import NameOf, PartyContent


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
        within = target.contained or (target.entry and target.entry.resource)
        name = first_of(reference.get("display"), name_of(within or {}))
        yield NameOf(name=name or "", reference=_elsewhere(target, keys))


LONGEST_NAME: Final = 2000
"""Letters of a name that stands in every record of its bearer."""
_PRIVATE: Final = frozenset({"Patient", "RelatedPerson"})


def _elsewhere(target: Target, keys: Keys) -> Any:
    known = target.entry is None and (target.token is not None or target.local_id)
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


def party(entry: Entry, keys: Keys) -> PartyContent | None:
    """Read a Practitioner, Organization or Location; None without a name."""
    name = name_of(entry.resource)
    if not name:
        return None
    if len(name) > LONGEST_NAME:
        raise refuse(f"{entry.path}.name", f"has more than {LONGEST_NAME} letters")
    return PartyContent(
        path=entry.path,
        kind=entry.kind,
        key=keys.key(entry),
        names=keys.names(entry),
        preconditions=entry.preconditions,
        create_only=entry.create_only,
        name=name,
        content_hash=keys.content_hash(entry),
    )
