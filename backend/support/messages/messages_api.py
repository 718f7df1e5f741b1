"""Routes for staff about the messages of a patient."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from backend.support.audited_action import StaffCaller
from backend.support.messages.messages import FoundMessages, Messages, find_message, messages_of
from backend.support.messages.resend import resend
from backend.support.requests import Number, Reason, ReasonIn
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class MessageSearch(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    reason: Reason
    reference: Number


class MessageDesk(Controller):
    path = "/support/v1"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post("/messages/search", status_code=HTTP_200_OK, action=Action.SEARCH)
    async def find_message(
        self, data: JSONBody[MessageSearch], staff: NamedDependency[StaffCaller]
    ) -> FoundMessages:
        return await find_message(staff, data.reference, data.reason)

    @get("/patients/{patient:uuid}/messages", action=Action.READ_MESSAGES)
    async def messages(
        self,
        patient: FromPath[UUID],
        staff: NamedDependency[StaffCaller],
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Messages:
        """List the chart's notices: told, or not told and why."""
        return await messages_of(staff, patient, cursor, limit)

    @post(
        "/notices/{notification:uuid}/resend",
        status_code=HTTP_204_NO_CONTENT,
        action=Action.RESEND,
    )
    async def resend(
        self,
        notification: FromPath[UUID],
        data: JSONBody[ReasonIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Tell a notice once more, where it was lost. The answer does not say whether it was."""
        await resend(staff, notification, data.reason)
