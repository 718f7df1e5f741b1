"""Reads the resources that records mention: who, where, with what, and files that stand alone."""

from typing import Final

from msgspec.json import Encoder

from backend.intake.fhir.model.bundle import BINARY, Entry
from backend.intake.fhir.model.business_keys import Keys
from backend.intake.fhir.model.datatypes import Resource, all_words, refuse
from backend.intake.fhir.model.names import called
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.attachment import bytes_of, file_of_binary
from backend.intake.fhir.resources.codings import coded_of
from backend.intake.fhir.resources.participants import WHO_IT_IS, names_in, references_in
from backend.intake.fhir.resources.security_labels import restriction_by, withholds_by
from backend.records.filing.contents import Blank, FileContent, NameOf, PartyContent
from backend.records.filing.files import KeptBinary

LONGEST_NAME: Final = 2000
"""Letters of a name that stands in every record of its bearer."""
_ROLE: Final = "PractitionerRole"


def party(entry: Entry, keys: Keys, references: References) -> PartyContent | None:
    """Read one; None where records can show nothing of it."""
    if entry.kind == BINARY:
        return _binary(entry, keys)
    name = "" if entry.kind == _ROLE else called(entry.resource)
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
        mentions=keys.mentions(entry) if entry.kind == _ROLE else (),
        blanks=blanks,
    )


def _called_as(entry: Entry, keys: Keys, references: References, name: str) -> tuple[Blank, ...]:
    if entry.kind != _ROLE or name:
        return ()
    said = [found for element in WHO_IT_IS for found in references_in(entry.resource, element)]
    own = [NameOf(name=words)] if (words := called(entry.resource)) else []
    names = (*names_in(entry, keys, references, said), *own)
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
    came = bytes_of(resource, entry.path)
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
