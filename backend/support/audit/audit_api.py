"""Routes for auditors."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from backend.core.http.pagination import DEFAULT_LIMIT, MAX_LIMIT
from backend.support.audit.audit_trail import AuditTrail, Sought, audit_trail
from backend.support.audited_action import StaffCaller
from backend.support.requests import Number, Reason
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class AuditSearch(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A search in a request body, so that number and reason are in no address and no log."""

    reason: Reason
    patient: UUID | None = None
    citizen_id: Number | None = None
    cursor: Annotated[str, Meta(max_length=200)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT


class AuditDesk(Controller):
    path = "/support/v1/audit"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post("/search", status_code=HTTP_200_OK, action=Action.READ_AUDIT)
    async def search(
        self, data: JSONBody[AuditSearch], staff: NamedDependency[StaffCaller]
    ) -> AuditTrail:
        """Read who did what to one patient's data, newest first. The search is audited too."""
        sought = Sought(data.patient, data.citizen_id, data.cursor, data.limit)
        return await audit_trail(staff, sought, data.reason)
