"""Reads the `link`s of Patients that say that one Patient replaces another.

`refer` and `seealso` only point to more data elsewhere. The hub ignores them.
"""

from collections.abc import Iterator, Sequence

from backend.auth.identity.identifiers import IN_MESSAGE, Identifier
from backend.core.errors import Issue
from backend.intake.fhir.model.bundle import Entry, identifiers_of
from backend.intake.fhir.model.datatypes import Issues, refuse
from backend.intake.fhir.model.references import LINKS, References, Target, identifier_of
from backend.intake.fhir.resources.patient import REPLACED_BY, said_at
from backend.intake.pipeline.events import PatientReplacement


def replaced_in(
    entries: Sequence[Entry], references: References, problems: Issues
) -> tuple[PatientReplacement, ...]:
    """List the patients that the message merges; a repeated statement counts once."""
    found: dict[Identifier, PatientReplacement] = {}
    for entry in entries:
        if entry.kind != "Patient":
            continue
        with problems.noted():
            for link in _links(entry, references):
                before = found.setdefault(link.old, link)
                if before.new != link.new:
                    raise refuse(link.path, "is replaced by two patients")
    for link in found.values():
        if link.new in found:
            problems.faults.append(Issue(link.path, "is replaced by one that is replaced itself"))
    return tuple(found.values())


def states_unmerged(entry: Entry) -> bool:
    """Tell whether a Patient states that no other Patient replaces it."""
    replaced = any(link.get("type") == REPLACED_BY for link in entry.resource.get("link", []))
    return entry.resource.get("active") is True and not replaced


def number_of(entry: Entry) -> Identifier:
    """Give the number that every Patient of a message has inside it."""
    return Identifier(IN_MESSAGE, entry.path)


def _links(entry: Entry, references: References) -> Iterator[PatientReplacement]:
    own = number_of(entry)
    for n, link in enumerate(entry.resource.get("link", [])):
        path = f"{entry.path}.link[{n}]"
        if link.get("type") not in LINKS:
            continue
        other = _other(references.target(link["other"], entry, f"{path}.other", "patient"))
        goes = link["type"] == REPLACED_BY
        if other == own or other in {Identifier(*identifier) for identifier in entry.identifiers}:
            raise refuse(path, "is a link of a patient to itself")
        if goes and entry.resource.get("active") is True:
            raise refuse(path, "replaces a patient that is said to be active")
        old, new = (own, other) if goes else (other, own)
        yield PatientReplacement(path=path, old=old, new=new, said_at=said_at(entry))


def _other(target: Target) -> Identifier:
    if target.kind != "Patient":
        raise refuse(target.path, "does not say which patient it is")
    if target.entry is not None:
        return number_of(target.entry)
    if target.contained is not None:
        numbers = identifiers_of(target.contained)
        if not numbers:
            raise refuse(target.path, "does not say which patient it is")
        return Identifier(*numbers[0])
    if not target.is_found:
        raise refuse(target.path, "does not say which patient it is")
    return identifier_of(target)
