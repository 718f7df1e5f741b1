"""What support staff may ask of the hub."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, delete, get, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from backend.addresses import address_of
from backend.guards import open_to_all
from backend.paging import DEFAULT_LIMIT, Cursor, Limit
from backend.support.acting import StaffCaller
from backend.support.guards import signed_in_staff, staff_caller
from backend.support.messages import FoundMessages, Messages, find_message, messages_of
from backend.support.numbers import NumberView, mark_wrong, undo_wrong
from backend.support.phone_desk import (
    DecidedView,
    Proof,
    confirm_number,
    decline_number,
    undo_decision,
)
from backend.support.requests import Because, Number, Reason
from backend.support.resend import ResentView, resend
from backend.support.rules import Action
from backend.support.search import FoundPatients, find_patients
from backend.support.sign_in import SignedIn, sign_in, sign_out

Short = Annotated[str, Meta(max_length=200)]


class SignIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    name: Short
    password: Short
    totp: Short


class PatientSearch(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """By one of the two numbers; in a body, so that it is in no address and no log."""

    reason: Reason
    citizen_id: Number | None = None
    phone: Number | None = None


class MessageSearch(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    reason: Reason
    reference: Number


class CardSeen(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    proof: Proof
    """What was looked at before this was said."""
    reason: Reason


class StaffDoor(Controller):
    path = "/support/v1"
    tags = ["Support"]
    guards = [open_to_all]
    cache_control = CacheControlHeader(no_store=True)

    @post("/sign-in", status_code=HTTP_200_OK)
    async def sign_in(self, data: JSONBody[SignIn], request: Request[Any, Any, Any]) -> SignedIn:
        return await sign_in(data.name, data.password, data.totp, address_of(request))


class SupportDesk(Controller):
    path = "/support/v1"
    tags = ["Support"]
    guards = [signed_in_staff]
    dependencies = {"staff": Provide(staff_caller, sync_to_thread=False)}
    cache_control = CacheControlHeader(no_store=True)

    @post("/sign-out", status_code=HTTP_204_NO_CONTENT, action=Action.SIGN_OUT)
    async def sign_out(self, staff: NamedDependency[StaffCaller]) -> None:
        await sign_out(staff)

    @post("/patients/search", status_code=HTTP_200_OK, action=Action.SEARCH)
    async def find_patients(
        self, data: JSONBody[PatientSearch], staff: NamedDependency[StaffCaller]
    ) -> FoundPatients:
        return await find_patients(staff, data.citizen_id, data.phone, data.reason)

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
        """List what the patient was told, and what became of each message.

        `deliveredAt` is when that was reported: of a push by the app, of a text by the network,
        whose word does not prove that the phone has it.
        """
        return await messages_of(staff, patient, cursor, limit)

    @post("/deliveries/{delivery:uuid}/resend", action=Action.RESEND)
    async def resend(
        self,
        delivery: FromPath[UUID],
        data: JSONBody[Because],
        staff: NamedDependency[StaffCaller],
    ) -> ResentView:
        return await resend(staff, delivery, data.reason)

    @post(
        "/patients/{patient:uuid}/contacts/{contact:uuid}/wrong",
        status_code=HTTP_200_OK,
        action=Action.MARK_NUMBER,
    )
    async def mark_wrong(
        self,
        patient: FromPath[UUID],
        contact: FromPath[UUID],
        data: JSONBody[Because],
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
        data: JSONBody[Because],
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
