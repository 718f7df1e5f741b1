"""Finds whom a message is about, and which earlier records it needs."""

from collections.abc import Sequence

from backend.auth.identity.identifiers import Identifier
from backend.core.errors import Issue
from backend.intake.fhir.composition import COMPOSITION
from backend.intake.fhir.model.bundle import KEPT, Entry, identifiers_of
from backend.intake.fhir.model.business_keys import record_reference
from backend.intake.fhir.model.datatypes import Issues, refuse
from backend.intake.fhir.model.message_parts import MessageParts
from backend.intake.fhir.model.references import Target, identifier_of
from backend.intake.fhir.patient_links import number_of
from backend.intake.pipeline.events import PatientReference, PatientReplacement
from backend.records.filing.contents import RecordReference

_OF_SOMEBODY = KEPT | {COMPOSITION}


def pointed_to(
    read: MessageParts,
    replaced: Sequence[PatientReplacement],
    problems: Issues,
    others: list[Issue],
) -> tuple[tuple[PatientReference, ...], tuple[RecordReference, ...]]:
    """Follow every reference: whom the message is about, and which earlier records it needs.

    What is about a second patient of this same message is added to `others`.
    """
    people = _people(read, replaced)
    about: dict[Identifier, PatientReference] = {}
    mentions: dict[RecordReference, None] = {}
    for entry in read.entries:
        with problems.noted():
            of_somebody = entry.kind in _OF_SOMEBODY
            targets = list(read.references.all_in(entry))
            for target in targets:
                if target.kind == "Patient":
                    _note_reference(target, people, about, others)
                elif target.is_of_the_same and of_somebody and not _is_here(target):
                    mentions[record_reference(target, read.keys)] = None
            if of_somebody and not any(place.kind == "Patient" for place in targets):
                raise refuse(entry.path, "does not say which patient it is about")
    others[:0] = _second_patients(people, replaced)
    own = {Identifier(*token) for person in people for token in person.identifiers}
    return tuple(person for person in about.values() if person.identifier not in own), tuple(
        mentions
    )


def _people(read: MessageParts, replaced: Sequence[PatientReplacement]) -> list[Entry]:
    """List the Patients that the message can be about: not those who are replaced by another."""
    go = {link.old for link in replaced}
    return [
        entry for entry in read.entries if entry.kind == "Patient" and number_of(entry) not in go
    ]


def _second_patients(
    people: Sequence[Entry], replaced: Sequence[PatientReplacement]
) -> list[Issue]:
    if not replaced:
        return [Issue(person.path, "is a second patient") for person in people[1:]]
    stays = replaced[0].new
    strangers = [person.path for person in people if number_of(person) != stays]
    elsewhere = [link.path for link in replaced if link.new != stays]
    return [Issue(path, "is a second patient") for path in (*strangers, *elsewhere)]


def _is_here(target: Target) -> bool:
    return target.entry is not None or target.contained is not None


def _note_reference(
    target: Target,
    people: list[Entry],
    about: dict[Identifier, PatientReference],
    others: list[Issue],
) -> None:
    """Add who is meant, unless it is the Patient of this same Bundle."""
    if target.entry is not None:
        if target.entry not in people[:1]:
            others.append(Issue(target.path, "is about a second patient"))
        return
    if target.contained is not None:
        numbers = identifiers_of(target.contained)
        if not numbers:
            raise refuse(target.path, "does not say which patient it is about")
        found = Identifier(*numbers[0])
    else:
        found = identifier_of(target)
    about.setdefault(found, PatientReference(path=target.path, identifier=found))
