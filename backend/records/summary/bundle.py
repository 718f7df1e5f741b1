"""Writes a summary as an International Patient Summary: a FHIR R4 document Bundle."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from backend.core.clock import now
from backend.core.database import new_id
from backend.core.i18n import Language
from backend.core.odd_rows.unreadable import UNREADABLE_NAME
from backend.records.summary import labels
from backend.records.summary.collect import Gathered, Source
from backend.records.summary.entries import resource_of, urn
from backend.records.summary.fhir_parts import UNKNOWN, Resource
from backend.records.summary.narrative import text_of
from backend.records.summary.rows import Writer, writer_for
from backend.records.summary.rules import SECTIONS, Section, SectionContent
from backend.records.views.record_views import WRITER

LOINC: Final = "http://loinc.org"
PROFILE: Final = "http://hl7.org/fhir/uv/ips/StructureDefinition"
FACILITY: Final = "urn:vn:facility-code"
SYSTEM: Final = "Patient Hub"
DEVICE: Final = UUID("5a1d1f0c-7f6e-5b0e-9f7a-2b1c8a3e4d60")
"""The hub itself, the author of every summary: no doctor has written or signed it."""
_EMPTY: Final = "http://terminology.hl7.org/CodeSystem/list-empty-reason"


@dataclass(frozen=True, slots=True)
class IpsDocument:
    """A summary as a FHIR document."""

    body: bytes
    tag: str
    """The same for two documents that say the same, whenever each was made."""


def document_of(gathered: Gathered, language: Language) -> IpsDocument:
    writer = writer_for(gathered.sources, language)
    sections = [_section(gathered_part, writer, language) for gathered_part in gathered.parts]
    fixed = [_entry(party) for party in _parties(gathered)]
    records = [
        _entry(resource_of(item, gathered.profile.id))
        for part in gathered.parts
        for item in part.items
    ]
    said = WRITER.encode([language, sections, fixed, records])
    at = now()
    composition = _composition(gathered, sections, language, at)
    bundle = {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{PROFILE}/Bundle-uv-ips"]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": urn(new_id())},
        "type": "document",
        "timestamp": at.isoformat(),
        "entry": [_entry(composition), *fixed, *records],
    }
    return IpsDocument(WRITER.encode(bundle), f'W/"{sha256(said).hexdigest()[:32]}"')


def _composition(
    gathered: Gathered, sections: list[Resource], language: Language, at: datetime
) -> Resource:
    """Head the document. Nobody has attested it; with one source, that one keeps what it says."""
    sources = list(gathered.sources.values())
    custodian = {"custodian": {"reference": urn(sources[0].id)}} if len(sources) == 1 else {}
    title = labels.TITLE.said_in(language)
    return {
        "resourceType": "Composition",
        "id": str(new_id()),
        "meta": {"profile": [f"{PROFILE}/Composition-uv-ips"]},
        "language": language.value,
        "text": text_of([title, labels.NOTE.said_in(language)], (), ()),
        "status": "final",
        "type": {
            "coding": [{"system": LOINC, "code": "60591-5", "display": "Patient summary Document"}]
        },
        "subject": {"reference": urn(gathered.profile.id)},
        "date": at.isoformat(),
        "author": [{"reference": urn(DEVICE)}],
        "title": title,
        **custodian,
        "section": sections,
    }


def _section(part: SectionContent, writer: Writer, language: Language) -> Resource:
    terms = SECTIONS[part.section]
    coding = {"system": LOINC, "code": terms.loinc, "display": terms.display}
    section: Resource = {
        "title": labels.SECTIONS[part.section].said_in(language),
        "code": {"coding": [coding]},
        "text": text_of(
            sentences_of(part, language),
            writer.head(part.section),
            [writer.row(item, part.section) for item in part.items],
        ),
    }
    if part.empty is None:
        return section | {"entry": [{"reference": urn(item.id)} for item in part.items]}
    return section | {"emptyReason": {"coding": [{"system": _EMPTY, "code": part.empty.value}]}}


def sentences_of(part: SectionContent, language: Language) -> list[str]:
    """Say why a section is empty, how records were chosen, and which are more or missing."""
    said = [labels.EMPTY[part.empty]] if part.empty and not part.left_out else []
    if part.items and part.section in {Section.RESULTS, Section.VITAL_SIGNS}:
        said.append(labels.RESULTS_NOTE)
    sentences = [
        sentence.said_in(language) for sentence in [*said, *([labels.MORE] if part.more else [])]
    ]
    if part.left_out:
        sentences.append(labels.LEFT_OUT.said_in(language).format(count=part.left_out))
    return sentences


def _parties(gathered: Gathered) -> list[Resource]:
    """Write the person, without any number of theirs; the facilities; and the hub.

    Each chart may write the name in its own way: whoever gets the summary sees them all.
    """
    profile = gathered.profile
    names = dict.fromkeys(of_chart.name for of_chart in gathered.profiles)
    birth = {"birthDate": profile.birth_date} if profile.birth_date else {"_birthDate": UNKNOWN}
    patient = {
        "resourceType": "Patient",
        "id": str(profile.id),
        "name": [
            {"text": name} if name and name != UNREADABLE_NAME else {"_text": UNKNOWN}
            for name in names
        ],
        **({"gender": profile.sex} if profile.sex else {}),
        **birth,
    }
    device = {
        "resourceType": "Device",
        "id": str(DEVICE),
        "deviceName": [{"name": SYSTEM, "type": "user-friendly-name"}],
    }
    return [patient, *map(_organization, gathered.sources.values()), device]


def _organization(source: Source) -> Resource:
    return {
        "resourceType": "Organization",
        "id": str(source.id),
        "identifier": [{"system": FACILITY, "value": source.code}],
        "name": source.name,
    }


def _entry(resource: Resource) -> dict[str, Any]:
    return {"fullUrl": urn(UUID(resource["id"])), "resource": resource}
