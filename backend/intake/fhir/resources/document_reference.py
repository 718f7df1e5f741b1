"""Reads FHIR DocumentReference: its subject, and the files of the document."""

from typing import Final

from backend.intake.fhir.model.bundle import Entry
from backend.intake.fhir.model.business_keys import Keys
from backend.intake.fhir.model.datatypes import Resource, all_words, codes_of, first_of, words_of
from backend.intake.fhir.model.references import References
from backend.intake.fhir.resources.attachment import files_of
from backend.intake.fhir.resources.participants import all_names, references_in
from backend.intake.fhir.resources.shared_content import ReadContent, Reader
from backend.records.filing.contents import FileContent
from backend.records.views.kind_views import UNFILED, DocumentView

_STATUS = frozenset({"current", "superseded", "entered-in-error"})
_COMPOSITION = frozenset({"preliminary", "final", "amended", "entered-in-error"})
ENTERED_IN_ERROR = "entered-in-error"


def document_reference(resource: Resource, path: str) -> ReadContent:
    words = {"status": _STATUS} | ({"docStatus": _COMPOSITION} if "docStatus" in resource else {})
    status, *composition = codes_of(resource, words, path)
    context: Resource = resource.get("context", {})
    written = next(iter(composition), None)
    titles = [content["attachment"].get("title") for content in resource["content"]]
    view = DocumentView(
        **UNFILED,
        status=status,
        note=None,
        title=first_of(resource.get("description"), *titles, words_of(resource.get("type"))),
        kind=words_of(resource.get("type")),
        categories=all_words(resource.get("category", [])),
        written=written,
        created_at=resource.get("date"),
        files=[],
        events=all_words(context.get("event", [])),
        practice_setting=words_of(context.get("practiceSetting")),
        facility_kind=words_of(context.get("facilityType")),
        begins=context.get("period", {}).get("start"),
        ends=context.get("period", {}).get("end"),
    )
    return ReadContent(
        view=view,
        happened=resource.get("date"),
        named=[
            all_names(
                "people",
                *references_in(resource, "author"),
                *references_in(resource, "authenticator"),
                *references_in(resource, "custodian"),
            )
        ],
        status=ENTERED_IN_ERROR if written == ENTERED_IN_ERROR else None,
    )


def document_files(
    entry: Entry, keys: Keys, references: References, *, withheld: bool
) -> tuple[FileContent, ...]:
    attachments = [
        (f"{entry.path}.content[{n}].attachment", content["attachment"])
        for n, content in enumerate(entry.resource["content"])
    ]
    return files_of(entry, attachments, keys, references, withheld=withheld)


READERS: Final[dict[str, Reader]] = {
    "DocumentReference": document_reference,
}
