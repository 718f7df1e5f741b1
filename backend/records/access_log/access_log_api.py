"""Routes for the access log of a record, and for disputes about its entries."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from backend.auth.access.gate import Caller, patient_in_path
from backend.auth.access.guards import signed_in
from backend.core.http.etag import AnyRequest, conditional
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from backend.core.i18n import Accepted, accepted_by, labels, preferred
from backend.records.access_log import disputes
from backend.records.access_log.access_log import AccessLogPage, DisputeView, access_log

LONGEST_WORDS = 500


class DisputeIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    words: Annotated[str, Meta(max_length=LONGEST_WORDS)] = ""
    """What you want to say about it, to the person who looks into it."""


class PatientAccessLog(Controller):
    path = "/v1/patients/{patient:str}/access-log"
    guards = [signed_in]
    tags = ["access log"]

    @get()
    async def access_log(
        self,
        request: AnyRequest,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        accept_language: Accepted = None,  # noqa: ARG002  # for the contract; it may come in lines
    ) -> Response[AccessLogPage]:
        """Read who read or changed my record, or was refused, the newest first."""
        language = preferred(accepted_by(request))
        body = await access_log(caller, patient_in_path(patient), limit, cursor, language)
        answer = conditional(request, body, AccessLogPage)
        answer.headers.update(labels(language))
        return answer

    @post("/{line:uuid}/dispute", status_code=HTTP_200_OK)
    async def dispute(
        self,
        caller: NamedDependency[Caller],
        patient: FromPath[str],
        line: FromPath[UUID],
        data: JSONBody[DisputeIn],
    ) -> DisputeView:
        """Report that I do not recognise this entry. A second report changes nothing."""
        return await disputes.dispute(caller, patient_in_path(patient), line, data.words.strip())

    @delete("/{line:uuid}/dispute", status_code=HTTP_204_NO_CONTENT)
    async def withdraw(
        self, caller: NamedDependency[Caller], patient: FromPath[str], line: FromPath[UUID]
    ) -> None:
        """Withdraw my dispute while it is open."""
        await disputes.withdraw(caller, patient_in_path(patient), line)
