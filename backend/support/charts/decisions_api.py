"""Routes for what a desk decides about a chart."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.support.audited_action import StaffCaller
from backend.support.charts.decisions import (
    Merges,
    confirm_held,
    merges_of,
    take_death_back,
    undo_merge,
)
from backend.support.requests import Reason
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class ChartDecisionIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    proof: Paper
    """What was looked at before this was said."""
    reason: Reason


class ChartDesk(Controller):
    path = "/support/v1/patients/{patient:uuid}"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post("/death/undo", status_code=HTTP_204_NO_CONTENT, action=Action.DEATH)
    async def undo_death(
        self,
        patient: FromPath[UUID],
        data: JSONBody[ChartDecisionIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Take a death back that was said by mistake."""
        await take_death_back(staff, patient, data.proof, data.reason)

    @post("/held/confirm", status_code=HTTP_204_NO_CONTENT, action=Action.CONFIRM_HELD)
    async def confirm_held(
        self,
        patient: FromPath[UUID],
        data: JSONBody[ChartDecisionIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Show to codes what another citizen id or a merge has brought into this chart."""
        await confirm_held(staff, patient, data.proof, data.reason)

    @get("/merges", action=Action.REVIEW_MERGES)
    async def merges(self, patient: FromPath[UUID], staff: NamedDependency[StaffCaller]) -> Merges:
        return await merges_of(staff, patient)

    @post("/merges/undo", status_code=HTTP_204_NO_CONTENT, action=Action.REVIEW_MERGES)
    async def undo_merge(
        self,
        patient: FromPath[UUID],
        data: JSONBody[ChartDecisionIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Undo the merge of this chart into another: both have their own again."""
        await undo_merge(staff, patient, data.proof, data.reason)
