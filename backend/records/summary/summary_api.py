"""Routes for the summary of a record: as FHIR, and as PDF."""

from asyncio import to_thread
from typing import Any, Final

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backend.auth.access.gate import Caller, patient_in_path
from backend.auth.access.guards import signed_in
from backend.core.http.etag import AnyRequest, conditional_on
from backend.core.i18n import Accepted, accepted_by, labels, preferred
from backend.records.summary.bundle import document_of
from backend.records.summary.collect import gather
from backend.records.summary.prints import print_summary

FHIR_JSON: Final = "application/fhir+json"
PDF: Final = "application/pdf"
LETTERS_MISSING: Final = "Hub-Letters-Missing"


class PatientSummary(Controller):
    path = "/v1/patients/{patient:str}/summary"
    guards = [signed_in]
    tags = ["summary"]

    @get(media_type=FHIR_JSON)
    async def summary(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        accept_language: Accepted = None,  # noqa: ARG002  # for the contract; it may come in lines
    ) -> Response[dict[str, Any]]:
        """Give an International Patient Summary: a FHIR R4 document Bundle."""
        language = preferred(accepted_by(request))
        gathered = await gather(caller, patient_in_path(patient))
        made = await to_thread(document_of, gathered, language)  # others go on meanwhile
        answer = conditional_on(request, made.body, made.tag, FHIR_JSON)
        answer.headers.update(labels(language))
        return answer

    @post("/prints", media_type=PDF)
    async def print(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        accept_language: Accepted = None,  # noqa: ARG002  # the same
    ) -> Response[bytes]:
        """Print it as PDF, with a code that verifies it. Each print is recorded.

        `Hub-Letters-Missing: true` says that the paper lacks some letters, with a sign for them.
        """
        language = preferred(accepted_by(request))
        paper = await print_summary(caller, patient_in_path(patient), language)
        lacking = {LETTERS_MISSING: "true"} if paper.lacks_letters else {}
        return Response(
            paper.pdf,
            media_type=PDF,
            headers={
                "Content-Disposition": 'attachment; filename="summary.pdf"',
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "X-Content-Type-Options": "nosniff",
                **labels(language),
                **lacking,
            },
        )
