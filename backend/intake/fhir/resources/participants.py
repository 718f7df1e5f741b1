"""Reads the people, places and things of a record: names, or references to names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.intake.fhir.model.bundle import PARTIES, Entry
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import Resource, all_words, first_of
from backend.intake.fhir.model.names import called
from backend.intake.fhir.model.references import References, Target
from backend.records.filing.contents import Blank, NameOf, RecordReference

Said = tuple[str, Resource, str | None]
"""An element, the Reference in it, and what that is for the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedField:
    """A field of a view that says what some references are called, now or when those come."""

    field: str
    """In camel case."""
    said: Sequence[Said]
    """References, each with the element it stands in: `references_in` finds them."""
    takes_all: bool = False
    """It is a list. Else it is the first name that is known."""
    with_roles: bool = False
    """It is a list of `NamedView`."""


def all_names(field: str, *said: Said) -> NamedField:
    """Show every name that is known."""
    return NamedField(field=field, said=said, takes_all=True)


def first_name(field: str, *said: Said) -> NamedField:
    """Show the first name that is known, where the field has room for one."""
    return NamedField(field=field, said=said)


def names_with_roles(field: str, *said: Said) -> NamedField:
    """Show each name with what it is for the record."""
    return NamedField(field=field, said=said, takes_all=True, with_roles=True)


def blanks_of(
    entry: Entry, keys: Keys, references: References, *shown: NamedField
) -> tuple[Blank, ...]:
    """Read the names in each field; what nobody says anything of is no blank."""
    return tuple(
        Blank(
            field=one.field,
            names=names,
            takes_all=one.takes_all,
            with_roles=one.with_roles,
        )
        for one in shown
        if (names := tuple(names_in(entry, keys, references, one.said)))
    )


def names_in(
    entry: Entry, keys: Keys, references: References, said: Sequence[Said]
) -> Iterator[NameOf]:
    """Read the names that `references_in` finds, but for the patient and their relatives.

    Those are no part of a record in the clear: their names are stored sealed, or not at all.
    """
    for element, reference, role in said:
        target = references.target(reference, entry, f"{entry.path}.{element}")
        if target.kind in PRIVATE:
            continue
        held = _held_by(target, entry, keys, references)
        name = first_of(reference.get("display"), held.name)
        yield NameOf(name=name or "", reference=held.reference, role=role)


def _held_by(target: Target, entry: Entry, keys: Keys, references: References) -> NameOf:
    """Name what is referred to; a role that is contained is called as who has it."""
    if target.contained is None:
        return NameOf(reference=_named(target, keys))
    holder = target.contained.get("practitioner", {})
    if "reference" in holder and "display" not in holder:
        person = references.target(holder, entry, target.path)
        if person.contained is None:
            return NameOf(reference=_named(person, keys))
        return NameOf(name=called(person.contained))
    return NameOf(name=called(target.contained))


WHO_IT_IS: Final = ("practitioner", "organization", "healthcareService")
"""What a PractitionerRole is called as: the first of these that has a name."""
PRIVATE: Final = frozenset({"Patient", "RelatedPerson"})
"""Whoever is one of these is never named in a record: names of people in the clear are not kept."""


def _named(target: Target, keys: Keys) -> RecordReference | None:
    known = target.is_found and target.contained is None and target.kind in PARTIES
    return record_reference(target, keys) if known else None


def references_in(resource: Resource, *path: str, role: str = "") -> list[Said]:
    """Give the references at this path of elements, through lists.

    Args:
        resource: what has them.
        path: the elements one inside the other; the last one is the Reference.
        role: the element beside the Reference that says what it is for the record.
    """
    found: list[tuple[str, Any, Resource]] = [("", resource, {})]
    for element in path:
        found = [
            (f"{at}.{element}".strip("."), reference, part)
            for at, part, _ in found
            for value in [part.get(element)]
            if value is not None
            for reference in (value if isinstance(value, list) else [value])
        ]
    return [(at, reference, _role(beside.get(role))) for at, reference, beside in found]


def spelled_out(concepts: Any) -> list[Said]:
    """Give what is said in words where others say it by reference."""
    several = concepts if isinstance(concepts, list) else [concepts]
    return [("", {"display": words}, None) for words in all_words(several)]


def reasons_of(resource: Resource) -> NamedField:
    """Give the reasons of a record: in words, and other records by their names."""
    coded = spelled_out(resource.get("reasonCode", []))
    return all_names("reasons", *coded, *references_in(resource, "reasonReference"))


def _role(said: Any) -> str | None:
    """Give the words of a role; a code alone says nothing to a patient."""
    several = said if isinstance(said, list) else [said]
    spoken = [one | {"coding": _displayed(one)} for one in several if isinstance(one, dict)]
    return ", ".join(all_words(spoken)) or None


def _displayed(concept: Resource) -> list[Resource]:
    return [coding for coding in concept.get("coding", []) if coding.get("display")]
