"""Routes for hospitals: FHIR Bundles, and small events of systems that send no records."""

import re
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from litestar import Controller, Request, Response, get, post, put
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from backend.auth.access.guards import sent_by_facility
from backend.auth.facilities.facilities import FacilityCaller
from backend.auth.facilities.rules import KeyScope
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from backend.core.http.public import open_to_all
from backend.intake import hub_json
from backend.intake.dialects import DIALECTS
from backend.intake.fhir.formats import only_json
from backend.intake.fhir.interactions import RequestOptions, take_bundle, take_resource
from backend.intake.fhir.model.opening import ResourceRequest
from backend.intake.fhir.responses import CAPABILITIES, FHIR_JSON
from backend.intake.hub_json import HubEvent
from backend.intake.messages import IntakeMessagePage, IntakeMessageView, message_of, waiting
from backend.intake.pipeline.take_in import take_in

AnyRequest = Request[Any, Any, Any]
FHIR: Final = DIALECTS["fhir"]
HUB: Final = DIALECTS["hub"]
DryRun = Annotated[Literal["true", "false"], QueryParameter(name="dry-run")]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]
IfNoneExist = Annotated[str | None, HeaderParameter(name="If-None-Exist")]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]
IfNoneMatch = Annotated[str | None, HeaderParameter(name="If-None-Match")]
_STRICT: Final = re.compile(
    r'(?:^|[,;])\s*handling\s*=\s*(?:strict|"strict")\s*(?:[,;]|$)', re.IGNORECASE
)
"""A preference has blanks around its `=`, and quotes, as its sender likes (RFC 7240, 2)."""
Identifier = Annotated[str, QueryParameter(name="identifier")]
Prefer = Annotated[str | None, HeaderParameter(name="Prefer")]


async def request_options(
    state: State,
    facility_caller: NamedDependency[FacilityCaller],
    request: AnyRequest,
    idempotency_key: IdempotencyKey = None,
    prefer: Prefer = None,
    dry_run: DryRun = "false",
) -> RequestOptions:
    """Read the options of a request, FHIR's `Prefer: handling=strict` among them."""
    return RequestOptions(
        facility=facility_caller.facility,
        sender_id=idempotency_key,
        strict=bool(_STRICT.search(_whole(request, "prefer", prefer) or "")),
        dry_run=dry_run == "true",
        called_at=str(request.base_url).rstrip("/"),
        failpoint=state.failpoint,
    )


def _whole(request: AnyRequest, name: str, first: str | None) -> str | None:
    """Give all lines of a header as one list (RFC 9110, 5.3), of which `first` is the first."""
    return None if first is None else ", ".join(request.headers.getall(name))


class FhirRoutes(Controller):
    path = "/fhir/R4"
    guards = [sent_by_facility]
    tags = ["hospital"]
    dependencies = {"wishes": Provide(request_options)}
    middleware = [only_json]

    @post(status_code=HTTP_200_OK, media_type=FHIR.content_type, scope=KeyScope.INTAKE)
    async def take_bundle(
        self, request: AnyRequest, wishes: NamedDependency[RequestOptions]
    ) -> Response[bytes]:
        """Take in a Bundle: transaction, message and collection whole, a batch entry by entry."""
        return await take_bundle(await request.body(), wishes)

    @post("/{kind:str}", media_type=FHIR.content_type, scope=KeyScope.INTAKE)
    async def create(
        self,
        request: AnyRequest,
        wishes: NamedDependency[RequestOptions],
        kind: FromPath[str],
        if_none_exist: IfNoneExist = None,
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response[bytes]:
        """Take in one resource; where one has the identifier of If-None-Exist, it stays."""
        asked = ResourceRequest(
            if_none_exist=_whole(request, "if-none-exist", if_none_exist),
            if_match=_whole(request, "if-match", if_match),
            if_none_match=_whole(request, "if-none-match", if_none_match),
        )
        return await take_resource(await request.body(), kind, asked, wishes)

    @put("/{kind:str}", media_type=FHIR.content_type, scope=KeyScope.INTAKE)
    async def update_found(
        self,
        request: AnyRequest,
        wishes: NamedDependency[RequestOptions],
        kind: FromPath[str],
        identifier: Identifier = "",
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response[bytes]:
        """Take in one resource as the one with this identifier, or as a new one."""
        asked = ResourceRequest(
            sought=f"identifier={identifier}",
            if_match=_whole(request, "if-match", if_match),
            if_none_match=_whole(request, "if-none-match", if_none_match),
        )
        return await take_resource(await request.body(), kind, asked, wishes)

    @put("/{kind:str}/{resource_id:str}", media_type=FHIR.content_type, scope=KeyScope.INTAKE)
    async def update(
        self,
        request: AnyRequest,
        wishes: NamedDependency[RequestOptions],
        kind: FromPath[str],
        resource_id: FromPath[str],
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response[bytes]:
        """Take in one resource under the id of this address."""
        asked = ResourceRequest(
            put_id=resource_id,
            if_match=_whole(request, "if-match", if_match),
            if_none_match=_whole(request, "if-none-match", if_none_match),
        )
        return await take_resource(await request.body(), kind, asked, wishes)


class FhirDescription(Controller):
    path = "/fhir/R4/metadata"
    guards = [open_to_all]
    tags = ["hospital"]
    middleware = [only_json]

    @get(media_type=FHIR_JSON)
    async def capabilities(self) -> dict[str, Any]:
        """Give the CapabilityStatement: what this FHIR endpoint takes."""
        return CAPABILITIES


class HospitalEvents(Controller):
    path = "/hospital/events"
    guards = [sent_by_facility]
    tags = ["hospital"]

    @post(status_code=HTTP_202_ACCEPTED, media_type=HUB.content_type, scope=KeyScope.INTAKE)
    async def take_event(
        self,
        request: AnyRequest,
        facility_caller: NamedDependency[FacilityCaller],
        data: JSONBody[HubEvent],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[hub_json.EventAccepted]:
        """Take in one event. The same eventId again gets the same answer and has no effect."""
        message = hub_json.read_event(data, await request.body(), idempotency_key)
        failpoint = request.app.state.failpoint
        return DIALECTS["hub"].answer(
            await take_in(message, facility_caller.facility, failpoint=failpoint)
        )


class HospitalMessages(Controller):
    path = "/hospital/messages"
    guards = [sent_by_facility]
    tags = ["hospital"]

    @get(scope=KeyScope.INTAKE)
    async def waiting(
        self,
        facility_caller: NamedDependency[FacilityCaller],
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> IntakeMessagePage:
        """List the facility's own messages that wait for somebody to act, the newest first."""
        return await waiting(facility_caller.facility, limit, cursor)

    @get("/{message:uuid}", scope=KeyScope.INTAKE)
    async def message(
        self, facility_caller: NamedDependency[FacilityCaller], message: FromPath[UUID]
    ) -> IntakeMessageView:
        """Say what became of one message; its id is in the `Hub-Message-Id` of the answer.

        The answer to a dry run has none, since nothing is kept.
        """
        return await message_of(facility_caller.facility, message)
