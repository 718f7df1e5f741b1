"""The hospital's doors: FHIR Bundles, and small events of systems that have no records to send."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED

from backend.auth.facilities import FacilityCaller
from backend.auth.guards import sent_by_facility
from backend.auth.key_rules import KeyScope
from backend.errors import HubError
from backend.guards import open_to_all
from backend.intake import fhir_reading, hub_json
from backend.intake.fhir_answers import CAPABILITIES, FHIR_JSON, to_outcome
from backend.intake.hub_json import HubEvent
from backend.intake.take_in import take_in

AnyRequest = Request[Any, Any, Any]
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]


class FhirDoor(Controller):
    path = "/fhir/R4"
    guards = [sent_by_facility]
    tags = ["hospital"]
    exception_handlers = {HubError: to_outcome}

    @post(status_code=HTTP_200_OK, media_type=FHIR_JSON, scope=KeyScope.INTAKE)
    async def take_bundle(
        self,
        request: AnyRequest,
        facility_caller: NamedDependency[FacilityCaller],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take in one transaction Bundle about one patient: all of it, or nothing."""
        facility = facility_caller.facility
        message = fhir_reading.read(await request.body(), facility, idempotency_key)
        return Response((await take_in(message, facility)).encode(), media_type=FHIR_JSON)


class FhirDescription(Controller):
    path = "/fhir/R4/metadata"
    guards = [open_to_all]
    tags = ["hospital"]

    @get(media_type=FHIR_JSON)
    async def capabilities(self) -> dict[str, Any]:
        """Say what this FHIR door takes."""
        return CAPABILITIES


class HospitalEvents(Controller):
    path = "/hospital/events"
    guards = [sent_by_facility]
    tags = ["hospital"]

    @post(status_code=HTTP_202_ACCEPTED, scope=KeyScope.INTAKE)
    async def take_event(
        self,
        request: AnyRequest,
        facility_caller: NamedDependency[FacilityCaller],
        data: JSONBody[HubEvent],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[hub_json.EventAccepted]:
        """Take in one event. The same eventId again gets the same answer and has no effect."""
        message = hub_json.read(data, await request.body(), idempotency_key)
        return hub_json.accepted(await take_in(message, facility_caller.facility))
