"""Routes for a desk about a patient's phone numbers."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from backend.auth.credentials.activation_slips import Paper
from backend.support.audited_action import StaffCaller
from backend.support.phones.phones import (
    DecidedView,
    add_number,
    confirm_number,
    decline_number,
    show_code,
    undo_decision,
)
from backend.support.phones.wrong_numbers import NumberView, mark_wrong, undo_wrong
from backend.support.requests import Number, Reason, ReasonIn
from backend.support.rules import Action
from backend.support.staff.guards import signed_in_staff, staff_caller


class CardSeen(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    proof: Paper
    """What was looked at before this was said."""
    reason: Reason


class NewNumberIn(CardSeen, frozen=True, rename="camel", forbid_unknown_fields=True):
    phone: Number


class CodeShownIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    challenge_id: UUID
    code: Annotated[str, Meta(max_length=20)]


class PhoneDesk(Controller):
    path = "/support/v1"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post(
        "/patients/{patient:uuid}/contacts/{contact:uuid}/wrong",
        status_code=HTTP_200_OK,
        action=Action.MARK_NUMBER,
    )
    async def mark_wrong(
        self,
        patient: FromPath[UUID],
        contact: FromPath[UUID],
        data: JSONBody[ReasonIn],
        staff: NamedDependency[StaffCaller],
    ) -> NumberView:
        return await mark_wrong(staff, patient, contact, data.reason)

    @delete(
        "/patients/{patient:uuid}/contacts/{contact:uuid}/wrong",
        status_code=HTTP_200_OK,
        action=Action.MARK_NUMBER,
    )
    async def undo_wrong(
        self,
        patient: FromPath[UUID],
        contact: FromPath[UUID],
        staff: NamedDependency[StaffCaller],
    ) -> NumberView:
        return await undo_wrong(staff, patient, contact)

    @post(
        "/patients/{patient:uuid}/numbers",
        status_code=HTTP_200_OK,
        action=Action.NEW_NUMBER,
    )
    async def add_number(
        self,
        patient: FromPath[UUID],
        data: JSONBody[NewNumberIn],
        staff: NamedDependency[StaffCaller],
    ) -> DecidedView:
        """Take a new number, after a look at a paper, and send a code there."""
        return await add_number(staff, patient, data.phone, data.proof, data.reason)

    @post(
        "/patients/{patient:uuid}/contacts/{contact:uuid}/code",
        status_code=HTTP_200_OK,
        action=Action.NEW_NUMBER,
    )
    async def show_code(
        self,
        patient: FromPath[UUID],
        contact: FromPath[UUID],
        data: JSONBody[CodeShownIn],
        staff: NamedDependency[StaffCaller],
    ) -> DecidedView:
        """Bind the number by the code that came to it."""
        return await show_code(staff, patient, contact, data.challenge_id, data.code)

    @post(
        "/patients/{patient:uuid}/contacts/{contact:uuid}/confirm",
        status_code=HTTP_200_OK,
        action=Action.CONFIRM_NUMBER,
    )
    async def confirm_number(
        self,
        patient: FromPath[UUID],
        contact: FromPath[UUID],
        data: JSONBody[CardSeen],
        staff: NamedDependency[StaffCaller],
    ) -> DecidedView:
        """Say that a paper was seen. The first who does sends a code; a colleague binds."""
        return await confirm_number(staff, patient, contact, data.proof, data.reason)

    @post(
        "/patients/{patient:uuid}/contacts/{contact:uuid}/decline",
        status_code=HTTP_200_OK,
        action=Action.CONFIRM_NUMBER,
    )
    async def decline_number(
        self,
        patient: FromPath[UUID],
        contact: FromPath[UUID],
        data: JSONBody[ReasonIn],
        staff: NamedDependency[StaffCaller],
    ) -> DecidedView:
        return await decline_number(staff, patient, contact, data.reason)

    @delete(
        "/patients/{patient:uuid}/contacts/{contact:uuid}/decision",
        status_code=HTTP_200_OK,
        action=Action.CONFIRM_NUMBER,
    )
    async def undo_decision(
        self,
        patient: FromPath[UUID],
        contact: FromPath[UUID],
        staff: NamedDependency[StaffCaller],
    ) -> DecidedView:
        return await undo_decision(staff, patient, contact)
