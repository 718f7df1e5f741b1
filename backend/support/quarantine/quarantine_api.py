"""Routes for what waits at a facility for a person."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from backend.intake.pipeline.patient_matching import Ruling
from backend.intake.pipeline.reasons import WhyRefused
from backend.support.audited_action import StaffCaller
from backend.support.quarantine.quarantine import (
    Versions,
    WaitingPage,
    let_in,
    refuse,
    versions,
    waiting,
)
from backend.support.requests import Reason, ReasonIn
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class LetInIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    proof: Paper
    """What was looked at before this was said."""
    reason: Reason
    chart: UUID | None = None
    """Which chart the message means; its numbers decide where none is named."""
    one_person: bool = False
    """The two patients of its merge are one, whatever was said of them. Never, where they have
    different citizen ids."""


class RefusedIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    why: WhyRefused
    """The facility's system reads it."""
    reason: Reason


class QuarantineDesk(Controller):
    path = "/support/v1/quarantine"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @get(action=Action.READ_QUARANTINE)
    async def waiting(
        self,
        staff: NamedDependency[StaffCaller],
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> WaitingPage:
        """List the messages that wait for a person, with age and reason, the oldest first."""
        return await waiting(staff, cursor, limit)

    @post("/{message:uuid}/versions", status_code=HTTP_200_OK, action=Action.READ_QUARANTINE)
    async def versions(
        self,
        message: FromPath[UUID],
        data: JSONBody[ReasonIn],
        staff: NamedDependency[StaffCaller],
    ) -> Versions:
        """Show what the message says, and beside it the charts that its numbers lead to."""
        return await versions(staff, message, data.reason)

    @post(
        "/{message:uuid}/let-in",
        status_code=HTTP_204_NO_CONTENT,
        action=Action.DECIDE_QUARANTINE,
    )
    async def let_in(
        self,
        message: FromPath[UUID],
        data: JSONBody[LetInIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Take the message in, after a look at a paper."""
        await let_in(
            staff,
            message,
            data.proof,
            data.reason,
            Ruling(chart=data.chart, one_person=data.one_person),
        )

    @post(
        "/{message:uuid}/refuse",
        status_code=HTTP_204_NO_CONTENT,
        action=Action.DECIDE_QUARANTINE,
    )
    async def refuse(
        self,
        message: FromPath[UUID],
        data: JSONBody[RefusedIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Refuse the message for good. The facility's system reads why."""
        await refuse(staff, message, data.why, data.reason)
