"""Routes to sign in with a code, to refresh tokens, and to sign out."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Controller, Litestar, Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.credentials.typed_codes import SixDigits
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.sessions import sessions
from backend.auth.sign_in import otp
from backend.auth.sign_in.code_requests import Asking, IssuedChallenge
from backend.auth.sign_in.token_views import DeviceIn, TokensView, tokens_view
from backend.core.errors import HubError
from backend.core.http.client_address import client_address
from backend.core.http.public import open_to_all

AnyRequest = Request[Any, Any, Any]


class Way(Struct, frozen=True, rename="camel"):
    """One way to sign in, and its first route."""

    kind: str
    path: str


class CodeWanted(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Whose code, and the phone that it shall come to."""

    phone: Annotated[str, Meta(max_length=40)]
    """A mobile number of Vietnam. A code comes only where a hospital has it for this person."""
    citizen_id: Annotated[str, Meta(max_length=40)] | None = None
    facility: Annotated[str, Meta(max_length=13)] | None = None
    """In place of a citizen id, for who has none: the code of the hospital."""
    hospital_number: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    """The number there."""


class IdNeeded(HubError):
    """Say for whom: by a citizen id, or by a hospital and the number there; not by both."""

    code = "id_needed"
    status = 422


async def asked_for(data: CodeWanted, asking: Asking) -> IssuedChallenge:
    """Ask by a citizen id, or by a hospital number.

    Raises:
        IdNeeded: both, or neither.
        NotACitizenId, NotAPhone, TooOften, FastStoreAway: see `otp`.
    """
    match data.citizen_id, data.facility, data.hospital_number:
        case str(number), None, None:
            return await otp.ask_for_code(number, data.phone, asking)
        case None, str(code), str(number):
            return await otp.ask_without_citizen_id(code, number, data.phone, asking)
        case _:
            raise IdNeeded


def code_asked(asked: IssuedChallenge) -> "CodeAskedView":
    return CodeAskedView(asked.challenge, asked.expires_at, asked.resend_after)


class CodeAskedView(Struct, frozen=True, rename="camel"):
    challenge_id: UUID
    expires_at: datetime
    resend_after: int
    """Seconds until another code may be asked for."""


class WaysView(Struct, frozen=True, rename="camel"):
    methods: list[Way]


class CodeSignIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    challenge_id: UUID
    code: SixDigits
    device: DeviceIn


class RefreshIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    refresh_token: Annotated[str, Meta(max_length=200)]


class PatientSignIn(Controller):
    path = "/v1/sign-in"
    guards = [open_to_all]
    tags = ["sign-in"]

    @get("/methods")
    async def methods(self, request: AnyRequest) -> WaysView:
        """List the ways to sign in. Show all of them: a text is the weakest."""
        return WaysView(offered(request.app))

    @post("/codes", status_code=HTTP_202_ACCEPTED)
    async def ask_for_code(
        self, data: JSONBody[CodeWanted], key: NamedDependency[DeviceKey], request: AnyRequest
    ) -> CodeAskedView:
        """Ask for a code on the phone that a hospital has. The answer is the same for everybody."""
        return code_asked(await asked_for(data, Asking(key.thumbprint, client_address(request))))

    @post("/sessions")
    async def open_session(
        self, data: JSONBody[CodeSignIn], key: NamedDependency[DeviceKey], request: AnyRequest
    ) -> TokensView:
        """Sign in with the code from the text. It works once."""
        return tokens_view(
            await otp.open_session(
                data.challenge_id, data.code, data.device.details(), key, client_address(request)
            )
        )

    @post("/refresh", status_code=HTTP_200_OK)
    async def refresh(
        self, data: JSONBody[RefreshIn], key: NamedDependency[DeviceKey], request: AnyRequest
    ) -> TokensView:
        """Get the next tokens. A refresh token works once; a copy of it ends the session."""
        return tokens_view(await sessions.refresh(data.refresh_token, key, client_address(request)))


class SignOut(Controller):
    path = "/v1/sign-out"
    guards = [signed_in]
    tags = ["sign-in"]

    @post(status_code=HTTP_204_NO_CONTENT)
    async def sign_out(self, caller: NamedDependency[Caller]) -> None:
        """End this session, here and at once."""
        await sessions.sign_out(caller)


CODE: Final = Way("code", "/v1/sign-in/codes")
SLIP: Final = Way("slip", "/v1/sign-in/activations")
VNEID: Final = Way("vneid", "/v1/sign-in/vneid")
WAYS: Final = (CODE, SLIP, VNEID)
"""In the order in which apps show them; `docs/ways_in.md` says what each is worth."""


def offered(app: Litestar) -> list[Way]:
    """List the ways that this app has a route for; VNeID needs a configured provider too."""
    paths = {route.path for route in app.routes}
    there = [way for way in WAYS if way.path in paths]
    if app.state.get("identity_verifier") is None:
        there = [way for way in there if way is not VNEID]
    return there
