"""Routes for a desk about wrong citizen ids. No address contains the number."""

from uuid import UUID

from litestar import Controller, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.support.audited_action import StaffCaller
from backend.support.desk import citizen_ids
from backend.support.requests import Number, Reason
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class NumberSeen(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    citizen_id: Number
    proof: Paper
    """What was looked at before this was said."""
    reason: Reason


class CitizenIdDesk(Controller):
    path = "/support/v1/patients/{patient:uuid}/citizen-id"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post("/cancel", status_code=HTTP_204_NO_CONTENT, action=Action.CITIZEN_ID)
    async def cancel(
        self,
        patient: FromPath[UUID],
        data: JSONBody[NumberSeen],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Cancel a number: it finds nobody and signs nobody in. It stays in the history."""
        await citizen_ids.cancel_number(staff, patient, data.citizen_id, data.proof, data.reason)

    @post("/issue", status_code=HTTP_204_NO_CONTENT, action=Action.CITIZEN_ID)
    async def issue(
        self,
        patient: FromPath[UUID],
        data: JSONBody[NumberSeen],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Give a cancelled number back, unless another patient has it by now."""
        await citizen_ids.issue_again(staff, patient, data.citizen_id, data.proof, data.reason)
