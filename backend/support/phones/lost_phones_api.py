"""Routes about lost phones: a desk reports one, the hub's own support lifts it."""

from uuid import UUID

from litestar import Controller, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.support.audited_action import StaffCaller
from backend.support.phones.lost_phones import (
    HeldCharts,
    held_charts,
    lift_lost_phone,
    report_lost_phone,
)
from backend.support.requests import Number, Reason, ReasonIn
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class LostPhoneIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    proof: Paper
    """What was looked at before this was said."""
    reason: Reason


class HeldSearch(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    citizen_id: Number
    reason: Reason


class LostPhoneDesk(Controller):
    path = "/support/v1"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post(
        "/patients/{patient:uuid}/lost-phone",
        status_code=HTTP_204_NO_CONTENT,
        action=Action.LOST_PHONE,
    )
    async def report(
        self,
        patient: FromPath[UUID],
        data: JSONBody[LostPhoneIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """End every session that reaches this chart. For 24 hours, only slip and VNeID open it."""
        await report_lost_phone(staff, patient, data.proof, data.reason)

    @post("/lost-phones/search", status_code=HTTP_200_OK, action=Action.LIFT_LOST_PHONE)
    async def held(
        self, data: JSONBody[HeldSearch], staff: NamedDependency[StaffCaller]
    ) -> HeldCharts:
        """Find what is held of a person. For the hub's own support."""
        return await held_charts(staff, data.citizen_id, data.reason)

    @post(
        "/patients/{patient:uuid}/lost-phone/lift",
        status_code=HTTP_204_NO_CONTENT,
        action=Action.LIFT_LOST_PHONE,
    )
    async def lift(
        self,
        patient: FromPath[UUID],
        data: JSONBody[ReasonIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Let codes open it again. For the hub's own support."""
        await lift_lost_phone(staff, patient, data.reason)
