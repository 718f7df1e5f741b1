"""Signing in with a code, going on with a refresh token, and signing out."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT
from msgspec import Meta, Struct

from backend.addresses import address_of
from backend.auth import sessions, sign_in
from backend.auth.gate import Caller
from backend.auth.guards import signed_in
from backend.auth.proof import DeviceKey
from backend.auth.token_views import DeviceIn, TokensView, tokens_view
from backend.auth.ways_in import Way, offered
from backend.guards import open_to_all

AnyRequest = Request[Any, Any, Any]


class CodeWanted(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    citizen_id: Annotated[str, Meta(max_length=40)]


class CodeAskedView(Struct, frozen=True, rename="camel"):
    challenge_id: UUID
    expires_at: datetime
    resend_after: int
    """Seconds until another code may be asked for."""


class WaysView(Struct, frozen=True, rename="camel"):
    methods: list[Way]


class CodeShown(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    challenge_id: UUID
    code: Annotated[str, Meta(max_length=6, pattern=r"^[0-9]{6}$")]
    device: DeviceIn


class RefreshIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    refresh_token: Annotated[str, Meta(max_length=200)]


class SignIn(Controller):
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
        """Ask for a code on the phone on file. The answer is the same for everybody."""
        asked = await sign_in.ask_for_code(data.citizen_id, key, address_of(request))
        return CodeAskedView(asked.challenge, asked.expires_at, asked.resend_after)

    @post("/sessions")
    async def open_session(
        self, data: JSONBody[CodeShown], key: NamedDependency[DeviceKey], request: AnyRequest
    ) -> TokensView:
        """Show the code that came. It works once."""
        return tokens_view(
            await sign_in.open_session(
                data.challenge_id, data.code, data.device.details(), key, address_of(request)
            )
        )

    @post("/refresh", status_code=HTTP_200_OK)
    async def refresh(
        self, data: JSONBody[RefreshIn], key: NamedDependency[DeviceKey], request: AnyRequest
    ) -> TokensView:
        """Get the next tokens. A refresh token works once; a copy of it ends the session."""
        return tokens_view(await sessions.refresh(data.refresh_token, key, address_of(request)))


class SignOut(Controller):
    path = "/v1/sign-out"
    guards = [signed_in]
    tags = ["sign-in"]

    @post(status_code=HTTP_204_NO_CONTENT)
    async def sign_out(self, caller: NamedDependency[Caller]) -> None:
        """End this session, here and at once."""
        await sessions.sign_out(caller)
