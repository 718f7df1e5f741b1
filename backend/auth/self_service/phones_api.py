"""Routes for the phone numbers of the charts that a session reaches."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED
from msgspec import Meta, Struct, field

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.credentials.phone_codes import CodeSent
from backend.auth.credentials.typed_codes import SixDigits
from backend.auth.phones.phones import Phone
from backend.auth.phones.rules import PhoneState
from backend.auth.self_service import phone_verification


class NumberIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    number: Annotated[str, Meta(max_length=40)]
    chart: UUID | None = None
    """Whose number it is to be; may be left out by who reaches one chart."""


class PhoneCodeShown(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    challenge_id: UUID
    code: SixDigits


class MyPhoneView(Struct, frozen=True, rename="camel"):
    id: UUID
    chart: UUID
    number: str
    """Masked."""
    state: PhoneState
    usable_from: datetime | None
    """When a waiting one takes the place of the one in use."""
    by_hospital: bool
    """The chart's hospital states it, or has stated it."""
    bound: bool
    """Somebody has shown that it is theirs; no other is used without them."""


class MyPhonePage(Struct, frozen=True, rename="camel", omit_defaults=True):
    items: list[MyPhoneView]
    next_cursor: str | None
    stronger_sign_in_needed: list[str] = field(default_factory=list)
    """The facilities whose numbers a stronger sign-in would show, too."""


class PhoneCodeView(Struct, frozen=True, rename="camel"):
    phone: UUID
    challenge_id: UUID
    expires_at: datetime
    resend_after: int
    """Seconds until another code may be asked for."""


class MyPhones(Controller):
    path = "/v1/me/phones"
    guards = [signed_in]
    tags = ["phones"]

    @get()
    async def phones(self, caller: NamedDependency[Caller]) -> MyPhonePage:
        """List the numbers of my charts: in use, waiting, or only proposed."""
        found = await phone_verification.my_phones(caller)
        weak = await phone_verification.too_weak_for_phones(caller)
        return MyPhonePage([_view(phone) for phone in found], None, weak)

    @post(status_code=HTTP_202_ACCEPTED)
    async def propose(
        self, caller: NamedDependency[Caller], data: JSONBody[NumberIn]
    ) -> PhoneCodeView:
        """Add a number of mine to a chart; the hub sends a code there."""
        return _code(await phone_verification.propose(caller, data.number, data.chart))

    @post("/{contact:uuid}/codes", status_code=HTTP_202_ACCEPTED)
    async def ask_for_code(
        self, caller: NamedDependency[Caller], contact: FromPath[UUID]
    ) -> PhoneCodeView:
        """Have a code sent to a proposed number, or to the one in use."""
        return _code(await phone_verification.ask_for_code(caller, contact))

    @post("/{contact:uuid}/accept", status_code=HTTP_200_OK)
    async def accept(
        self,
        caller: NamedDependency[Caller],
        contact: FromPath[UUID],
        data: JSONBody[PhoneCodeShown],
    ) -> MyPhoneView:
        """Prove with the code that the number is mine. It replaces another one after a day."""
        return _view(await phone_verification.accept(caller, contact, data.challenge_id, data.code))

    @post("/{contact:uuid}/decline", status_code=HTTP_200_OK)
    async def decline(
        self, caller: NamedDependency[Caller], contact: FromPath[UUID]
    ) -> MyPhoneView:
        """Refuse a proposed or waiting number, or for seven days one newer than this session."""
        return _view(await phone_verification.decline(caller, contact))


def _view(phone: Phone) -> MyPhoneView:
    waiting = phone.usable_from if phone.state is PhoneState.WAITING else None
    return MyPhoneView(
        id=phone.id,
        chart=phone.patient,
        number=phone_verification.masked_for_owner(phone),
        state=phone.state,
        usable_from=waiting,
        by_hospital=phone.by_hospital,
        bound=phone.bound,
    )


def _code(sent: CodeSent) -> PhoneCodeView:
    return PhoneCodeView(sent.phone, sent.challenge, sent.expires_at, sent.resend_after)
