"""Routes for a desk about caregivers."""

from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT

from backend.support.audited_action import StaffCaller
from backend.support.desk.caregivers import (
    CaregiverIn,
    Caregivers,
    GrantedView,
    add_caregiver,
    caregivers_of,
    end_caregiver,
)
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class CaregiverDesk(Controller):
    path = "/support/v1/patients/{patient:uuid}/caregivers"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @get(action=Action.CAREGIVERS)
    async def caregivers(
        self, patient: FromPath[UUID], staff: NamedDependency[StaffCaller]
    ) -> Caregivers:
        return await caregivers_of(staff, patient)

    @post(action=Action.CAREGIVERS)
    async def let_in(
        self,
        patient: FromPath[UUID],
        data: JSONBody[CaregiverIn],
        staff: NamedDependency[StaffCaller],
    ) -> GrantedView:
        return await add_caregiver(staff, patient, data)

    @delete("/{grant:uuid}", status_code=HTTP_204_NO_CONTENT, action=Action.CAREGIVERS)
    async def let_out(
        self,
        patient: FromPath[UUID],
        grant: FromPath[UUID],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        await end_caregiver(staff, patient, grant)
