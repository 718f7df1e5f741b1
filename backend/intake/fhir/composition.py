"""Reads a FHIR Composition as a document with its own text: what its author wrote, in words.

Its XHTML is cleaned by nh3 first: what is left are a few plain elements without attributes, which
become lines. Scripts, styles, pictures and links are gone.
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.business_keys import Keys
from backend.intake.fhir.model.datatypes import Resource, first_of, one_of, words_of
from backend.intake.fhir.model.plain_text import plain
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.attachment import files_of
from backend.intake.fhir.resources.participants import all_names, references_in
from backend.intake.fhir.resources.security_labels import may_not_be_pictured
from backend.intake.fhir.resources.shared_content import ReadContent, shown_content
from backend.intake.files.file_types import TEXT
from backend.records.filing.contents import SimpleContent
from backend.records.views.kind_views import UNFILED, DocumentView

COMPOSITION: Final = "Composition"
_DOCUMENT: Final = "DocumentReference"
_STATUS: Final = frozenset({"preliminary", "final", "amended", "entered-in-error"})
_DEEPEST: Final = 8


def document_of(entry: Entry, keys: Keys, references: References) -> SimpleContent:
    """Read a Composition as a document record.

    Raises:
        NotUnderstood: its status is none.
    """
    named = replace(entry, said_id=f"{COMPOSITION}/{entry.said_id}") if entry.said_id else entry
    content = shown_content(named, keys, references, _read)
    text = text_of(entry.resource)
    written = [(f"{entry.path}.section", _attachment(text))] if text else []
    withheld = may_not_be_pictured(entry.resource)
    files = files_of(entry, written, keys, references, withheld=withheld)
    return replace(content, kind=_DOCUMENT, files=files)


def _read(resource: Resource, path: str) -> ReadContent:
    written = one_of(resource, "status", _STATUS, path)
    wrong = written == "entered-in-error"
    view = DocumentView(
        **UNFILED,
        status=written if wrong else "current",
        note=None,
        title=first_of(resource.get("title"), words_of(resource.get("type"))),
        kind=words_of(resource.get("type")),
        categories=[words for said in resource.get("category", []) if (words := words_of(said))],
        written=written,
        created_at=resource.get("date"),
        files=[],
    )
    return ReadContent(
        view=view,
        happened=resource.get("date"),
        named=[
            all_names(
                "people",
                *references_in(resource, "author"),
                *references_in(resource, "custodian"),
            )
        ],
        status=written if wrong else None,
    )


def text_of(composition: Resource) -> str:
    """Write all that a Composition says in words, section by section."""
    parts = [plain(_div(composition)), *_sections(composition.get("section", []))]
    return "\n\n".join(part for part in parts if part)


def _sections(sections: list[Resource], depth: int = 0) -> Iterator[str]:
    for section in sections:
        head = first_of(section.get("title"), words_of(section.get("code"))) or ""
        yield "\n".join(said for said in (head, plain(_div(section))) if said)
        if depth < _DEEPEST:
            yield from _sections(section.get("section", []), depth + 1)


def _div(part: Resource) -> str:
    return str(part.get("text", {}).get("div", ""))


def _attachment(text: str) -> Resource:
    data = b64encode(text.encode()).decode()
    return {"contentType": TEXT, "data": data}
