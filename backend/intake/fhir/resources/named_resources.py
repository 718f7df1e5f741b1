"""Reads the resources that records mention: who, where, with what, and files that stand alone."""

from base64 import b64decode
from typing import Final

from msgspec.json import Encoder

from backend.intake.fhir.model.bundle import BINARY, Entry, name_of
from backend.intake.fhir.model.business_keys import Keys
from backend.intake.fhir.model.datatypes import Resource, all_words, refuse, words_of
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.attachment import file_of_binary
from backend.intake.fhir.resources.codings import coded_of
from backend.intake.fhir.resources.participants import people_of, references_in
from backend.intake.fhir.resources.security_labels import restriction_by, withholds_by
from backend.records.filing.contents import Blank, FileContent, PartyContent
from backend.records.filing.files import KeptBinary

LONGEST_NAME: Final = 2000
"""Letters of a name that stands in every record of its bearer."""
_WHO_IT_IS: Final = ("practitioner", "organization", "healthcareService")
"""What a PractitionerRole is called as: the first of these that has a name."""


def party(entry: Entry, keys: Keys, references: References) -> PartyContent | None:
    """Read one; None where records can show nothing of it."""
    if entry.kind == BINARY:
        return _binary(entry, keys)
    name = called(entry.resource)
    blanks = _called_as(entry, keys, references, name)
    if not name and not blanks:
        return None
    if len(name) > LONGEST_NAME:
        raise refuse(f"{entry.path}.name", f"has more than {LONGEST_NAME} letters")
    said = [name, *keys.names_referred_to(entry), *_departments(entry.resource)]
    return PartyContent(
        path=entry.path,
        kind=entry.kind,
        key=keys.key(entry),
        names=keys.names(entry),
        preconditions=entry.preconditions,
        create_only=entry.create_only,
        name=name,
        content_hash=keys.content_hash(entry),
        coded=coded_of(entry.resource),
        restriction=restriction_by(entry.resource, said),
        withholds=withholds_by(entry.resource, said),
        mentions=keys.mentions(entry) if entry.kind == "PractitionerRole" else (),
        blanks=blanks,
    )


def called(resource: Resource) -> str:
    """Give what a resource is called, as far as it says so itself."""
    match resource["resourceType"]:
        case "Medication":
            parts = [part.get("itemCodeableConcept") for part in resource.get("ingredient", [])]
            return words_of(resource.get("code")) or " + ".join(all_words([p for p in parts if p]))
        case "Specimen":
            return words_of(resource.get("type")) or ""
        case "HealthcareService":
            return name_of(resource) or next(iter(all_words(resource.get("type", []))), "")
        case "PractitionerRole":
            return ""
        case _:
            return name_of(resource)


def _called_as(entry: Entry, keys: Keys, references: References, name: str) -> tuple[Blank, ...]:
    if entry.kind != "PractitionerRole" or name:
        return ()
    said = [found for element in _WHO_IT_IS for found in references_in(entry.resource, element)]
    names = tuple(people_of(entry, keys, references, said))
    return (Blank(field="name", names=names),) if names else ()


def _departments(resource: Resource) -> list[str]:
    """Give what a PractitionerRole or a HealthcareService says it is for."""
    return [
        words
        for element in ("code", "specialty", "category", "type")
        if resource["resourceType"] in {"PractitionerRole", "HealthcareService"}
        for words in all_words(resource.get(element, []))
    ]


_WRITER: Final = Encoder()


def _binary(entry: Entry, keys: Keys) -> PartyContent | None:
    """Read a file that a document or a report names by its address."""
    resource = entry.resource
    if not entry.said_id or "data" not in resource:
        return None
    came = b64decode(resource["data"])
    file: FileContent = file_of_binary(resource, entry.path)
    kept = KeptBinary(
        media_type=file.media_type,
        size=len(came),
        why_not=file.not_shown_because,
        is_masked=bool(file.body) and file.body != came,
    )
    return PartyContent(
        path=entry.path,
        kind=entry.kind,
        key=keys.key(entry),
        names=keys.names(entry),
        preconditions=entry.preconditions,
        create_only=entry.create_only,
        name="",
        content_hash=keys.content_hash(entry),
        coded=_WRITER.encode(kept).decode(),
        file=file,
    )
