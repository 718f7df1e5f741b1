"""Reads the people and organizations of a record: names, or references to names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.intake.fhir.model.bundle import KEPT, Entry, name_of
from backend.intake.fhir.model.business_keys import Keys, record_reference
from backend.intake.fhir.model.datatypes import Resource, all_words, code_of, first_of, refuse
from backend.intake.fhir.model.names import LONGEST_NAME, called
from backend.intake.fhir.model.references import References, Target
from backend.intake.fhir.resources.security_labels import is_never_shown
from backend.records.filing.contents import Blank, NameOf, PartyContent

Said = tuple[str, Resource, str | None]
"""An element, the Reference in it, and what that is for the record."""


@dataclass(frozen=True, slots=True)
class ShownBy:
    """References in one field of a view, which shows what they are called."""

    field: str
    """As the app reads it."""
    said: Sequence[Said]
    takes_all: bool = True
    with_roles: bool = False


def first_name(field: str, said: Sequence[Said]) -> ShownBy:
    """Show the first name that is known, where the field has room for one."""
    return ShownBy(field, said, takes_all=False)


def names_with_roles(field: str, said: Sequence[Said]) -> ShownBy:
    """Show each name with what it is for the record."""
    return ShownBy(field, said, with_roles=True)


def blanks_of(
    entry: Entry, keys: Keys, references: References, shown: Sequence[ShownBy]
) -> tuple[Blank, ...]:
    """Read the names in each field, but for the patient and their relatives.

    Those are no part of a record in the clear: their names are stored sealed, or not at all.
    """
    return tuple(
        Blank(
            field=by_name.field,
            names=tuple(_names(entry, keys, references, by_name.said)),
            takes_all=by_name.takes_all,
            with_roles=by_name.with_roles,
        )
        for by_name in shown
        if by_name.said
    )


def _names(
    entry: Entry, keys: Keys, references: References, said: Sequence[Said]
) -> Iterator[NameOf]:
    for element, reference, role in said:
        target = references.target(reference, entry, f"{entry.path}.{element}")
        if target.kind in _PRIVATE:
            continue
        within = target.contained or (target.entry and target.entry.resource)
        name = first_of(reference.get("display"), _called(within, target) if within else None)
        yield NameOf(
            name=name or "",
            reference=_elsewhere(target, keys),
            role=role,
            of_record=bool(target.entry and target.kind in KEPT and "display" not in reference),
        )


_PRIVATE: Final = frozenset({"Patient", "RelatedPerson"})
_NOT_SO: Final = frozenset({"entered-in-error", "refuted"})


def _called(resource: Resource, target: Target) -> str | None:
    """Name what is referred to; nothing of a record that is taken back or never shown."""
    if target.kind in KEPT:
        said = {resource.get("status"), code_of(resource.get("verificationStatus"))}
        if said & _NOT_SO or is_never_shown(resource):
            return None
    return called(resource)


def _elsewhere(target: Target, keys: Keys) -> Any:
    known = target.entry is None and (target.token is not None or target.local_id)
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


def _role(said: Any) -> str | None:
    """Give the words of a role; a code alone says nothing to a patient."""
    several = said if isinstance(said, list) else [said]
    spoken = [one | {"coding": _displayed(one)} for one in several if isinstance(one, dict)]
    return ", ".join(all_words(spoken)) or None


def _displayed(concept: Resource) -> list[Resource]:
    return [coding for coding in concept.get("coding", []) if coding.get("display")]


def party(entry: Entry, keys: Keys) -> PartyContent | None:
    """Read a Practitioner, Organization or Location; None without a name."""
    name = name_of(entry.resource)
    if not name:
        return None
    if len(name) > LONGEST_NAME:
        raise refuse(f"{entry.path}.name", f"has more than {LONGEST_NAME} letters")
    return PartyContent(
        kind=entry.kind,
        key=keys.key(entry),
        local_id=keys.local_id(entry),
        name=name,
        content_hash=keys.content_hash(entry),
    )
