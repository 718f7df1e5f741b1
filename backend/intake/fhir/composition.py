"""Reads a FHIR Composition as a document with its own text: what its author wrote, in words.

Its XHTML is cleaned by nh3 first: what is left are a few plain elements without attributes, which
become lines. Scripts, styles, pictures and links are gone.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Final

import nh3

from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.business_keys import Keys
from backend.intake.fhir.model.datatypes import Resource, first_of, one_of, words_of
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.attachment import files_of
from backend.intake.fhir.resources.participants import references_in
from backend.intake.fhir.resources.security_labels import may_not_be_pictured
from backend.intake.fhir.resources.shared_content import ReadContent, shown_content
from backend.intake.files.file_types import TEXT
from backend.records.filing.contents import SimpleContent
from backend.records.views.kind_views import UNFILED, DocumentView

COMPOSITION: Final = "Composition"
_DOCUMENT: Final = "DocumentReference"
_STATUS: Final = frozenset({"preliminary", "final", "amended", "entered-in-error"})
_DEEPEST: Final = 8
_BLOCKS: Final = frozenset(
    {"p", "div", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre",
     "blockquote", "caption", "dl", "dt", "dd", "hr"}
)  # fmt: skip
_KEPT: Final = {*_BLOCKS, "br", "td", "th"}
_BETWEEN_CELLS: Final = re.compile(r"</t[dh]>\s*(?=<t[dh]>)")
_LINE: Final = re.compile(rf"</?(?:{'|'.join(sorted({*_BLOCKS, 'br'}))})>")
_TAG: Final = re.compile(r"<[^>]*>")
_BLANKS: Final = re.compile(r"[ \t\r\f\v\u00a0]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def document_of(entry: Entry, keys: Keys, references: References) -> SimpleContent:
    """Read a Composition as a document record.

    Raises:
        NotUnderstood: its status is none.
    """
    named = replace(entry, said_id=f"{COMPOSITION}/{entry.said_id}") if entry.said_id else entry
    content = shown_content(named, keys, references, _read)
    text = text_of(entry.resource)
    written = [(f"{entry.path}.section", _attachment(text))] if text else []
    withheld = may_not_be_pictured(entry.resource, keys.names_referred_to(entry))
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
        people=[*references_in(resource, "author"), *references_in(resource, "custodian")],
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


def plain(xhtml: str) -> str:
    """Write XHTML as plain text: a line for each block, cells of a row side by side."""
    clean = nh3.clean(xhtml, tags=_KEPT, attributes={})
    lines = _LINE.sub("\n", _BETWEEN_CELLS.sub(" | ", clean.replace("\n", " ")))
    text = _CONTROL.sub("", unescape(_TAG.sub("", lines)))
    said = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in said if line)


def _attachment(text: str) -> Resource:
    data = b64encode(text.encode()).decode()
    return {"contentType": TEXT, "data": data}
