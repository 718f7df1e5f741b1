"""Routes for sign-in slips. Only the answer that makes a slip contains its code."""

from datetime import datetime
from uuid import UUID

from litestar import Controller, MediaType, Response, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.support.audited_action import StaffCaller
from backend.support.requests import Reason
from backend.support.rules import Action
from backend.support.slips.slip_page import HEADERS, page_of, qr_of
from backend.support.slips.slips import (
    LiveSlips,
    PrintedSlip,
    confirm_slip,
    live_slips,
    make_slip,
    revoke_slips,
)
from backend.support.staff.guards import signed_in_staff, staff_caller


class PaperSeen(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    proof: Paper
    """What the patient, or who registers a child, has shown."""


class SlipConfirmedIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    proof: Paper
    """What was looked at before this was said."""
    reason: Reason


class SlipView(Struct, frozen=True, rename="camel"):
    """The slip, given once. To print it again, make a new one."""

    slip: UUID
    activation_code: str
    qr: str
    """An SVG drawing of the code."""
    name: str
    facility: str
    proof: Paper
    expires_at: datetime


class SlipDesk(Controller):
    path = "/support/v1/patients/{patient:uuid}/slips"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post(action=Action.MAKE_SLIP)
    async def make(
        self,
        patient: FromPath[UUID],
        data: JSONBody[PaperSeen],
        staff: NamedDependency[StaffCaller],
    ) -> SlipView:
        """Make a slip. It revokes every older one of this patient."""
        return _view(await make_slip(staff, patient, data.proof))

    @post("/page", action=Action.MAKE_SLIP, media_type=MediaType.HTML)
    async def make_page(
        self,
        patient: FromPath[UUID],
        data: JSONBody[PaperSeen],
        staff: NamedDependency[StaffCaller],
    ) -> Response[str]:
        """Make a slip; the answer is the page to print."""
        page = page_of(await make_slip(staff, patient, data.proof))
        return Response(page, status_code=HTTP_201_CREATED, headers=HEADERS)

    @get(action=Action.READ_SLIPS)
    async def live(self, patient: FromPath[UUID], staff: NamedDependency[StaffCaller]) -> LiveSlips:
        return await live_slips(staff, patient)

    @post("/{slip:uuid}/confirm", status_code=HTTP_204_NO_CONTENT, action=Action.CONFIRM_SLIP)
    async def confirm(
        self,
        patient: FromPath[UUID],
        slip: FromPath[UUID],
        data: JSONBody[SlipConfirmedIn],
        staff: NamedDependency[StaffCaller],
    ) -> None:
        """Confirm a colleague's slip, after a look at the same paper: it opens at `desk`."""
        await confirm_slip(staff, patient, slip, data.proof, data.reason)

    @delete(action=Action.REVOKE_SLIPS, status_code=HTTP_204_NO_CONTENT)
    async def revoke(self, patient: FromPath[UUID], staff: NamedDependency[StaffCaller]) -> None:
        """Revoke every slip of this patient, for example after one was lost."""
        await revoke_slips(staff, patient)


def _view(printed: PrintedSlip) -> SlipView:
    return SlipView(
        slip=printed.slip.id,
        activation_code=printed.slip.code.grouped,
        qr=qr_of(printed),
        name=printed.name,
        facility=printed.facility,
        proof=printed.proof,
        expires_at=printed.slip.expires_at,
    )
