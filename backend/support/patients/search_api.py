"""Routes to search for patients."""

from typing import Annotated

from litestar import Controller, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from backend.support.audited_action import StaffCaller
from backend.support.patients.search import FoundPatients, OwnNumber, Searched, find_patients
from backend.support.requests import Number, Reason
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class PatientSearch(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A search by one of three numbers, in a body, so that no address and no log has it."""

    reason: Reason
    citizen_id: Number | None = None
    phone: Number | None = None
    hospital_number: Annotated[str, Meta(min_length=1, max_length=60)] | OwnNumber | None = None
    """Of the main system, else one that only one chart has; or with its system."""


class SupportDesk(Controller):
    path = "/support/v1"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post("/patients/search", status_code=HTTP_200_OK, action=Action.SEARCH)
    async def find_patients(
        self, data: JSONBody[PatientSearch], staff: NamedDependency[StaffCaller]
    ) -> FoundPatients:
        searched = Searched(
            citizen_id=data.citizen_id, phone=data.phone, hospital_number=data.hospital_number
        )
        return await find_patients(staff, searched, data.reason)
