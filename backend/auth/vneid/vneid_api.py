"""Routes to begin and to finish a sign-in with VNeID."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from msgspec import Meta, Struct

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.dpop.device_key import DeviceKey
from backend.auth.sign_in.token_views import DeviceIn, TokensView, tokens_view
from backend.auth.vneid import sign_in as signing_in
from backend.auth.vneid.adding_charts import add_charts, begin_adding
from backend.auth.vneid.authorization_requests import Begun
from backend.auth.vneid.sign_in import VneidCallback, VneidOff
from backend.core.http.client_address import client_address
from backend.core.http.public import open_to_all
from backend.gateways.oidc.verifier import IdentityVerifier, Returned

AnyRequest = Request[Any, Any, Any]
Secret = Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


Code = Annotated[str, Meta(min_length=1, max_length=2048, pattern=r"^[\x21-\x7e]+$")]
Issuer = Annotated[str, Meta(max_length=300)] | None


class VneidBegunView(Struct, frozen=True, rename="camel"):
    request_id: str
    """Stays in the app, and comes back with the code."""
    authorization_url: str
    """To open in the phone's browser, never inside the app."""
    state: str
    """The app compares it before it sends anything."""
    expires_at: datetime


class VneidReturned(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    request_id: Secret
    state: Secret
    code: Code
    device: DeviceIn
    iss: Issuer = None

    def shown(self) -> VneidCallback:
        return VneidCallback(self.request_id, self.state, Returned(self.code, self.iss))


async def identity_verifier(request: AnyRequest) -> IdentityVerifier:
    """Give the port to the provider.

    Raises:
        VneidOff: none was configured.
    """
    vneid: IdentityVerifier | None = request.app.state.identity_verifier
    if vneid is None:
        raise VneidOff
    return vneid


class VneidSignInRoutes(Controller):
    path = "/v1/sign-in/vneid"
    guards = [open_to_all]
    tags = ["sign-in"]

    @get()
    async def begin(
        self,
        vneid: NamedDependency[IdentityVerifier],
        key: NamedDependency[DeviceKey],
        request: AnyRequest,
    ) -> VneidBegunView:
        """Begin, and get the address to open in the browser. It is good for ten minutes, once."""
        return begun_view(*await signing_in.begin_sign_in(vneid, key, client_address(request)))

    @post("/callback")
    async def finish(
        self,
        data: JSONBody[VneidReturned],
        vneid: NamedDependency[IdentityVerifier],
        key: NamedDependency[DeviceKey],
        request: AnyRequest,
    ) -> TokensView:
        """Finish with the parameters of the callback, in the app that began. It works once."""
        device, address = data.device.details(), client_address(request)
        return tokens_view(await signing_in.finish(vneid, data.shown(), device, key, address))


class VneidBrought(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What the provider gave the app of a session that lives."""

    request_id: Secret
    state: Secret
    code: Code
    iss: Issuer = None


class VneidAdded(Struct, frozen=True, rename="camel"):
    opened: list[UUID]
    """What is open here by VNeID; what it has found is in the list of charts."""


class VneidForCharts(Controller):
    path = "/v1/me/charts/vneid"
    guards = [signed_in]
    tags = ["charts"]

    @post("/begin", status_code=HTTP_200_OK)
    async def begin(
        self, vneid: NamedDependency[IdentityVerifier], caller: NamedDependency[Caller]
    ) -> VneidBegunView:
        """Begin to add what VNeID proves to this session. It is good for ten minutes, once."""
        return begun_view(*await begin_adding(vneid, caller))

    @post("/callback", status_code=HTTP_200_OK)
    async def finish(
        self,
        data: JSONBody[VneidBrought],
        vneid: NamedDependency[IdentityVerifier],
        caller: NamedDependency[Caller],
    ) -> VneidAdded:
        """Open my charts that VNeID proves, in the session that began. It works once."""
        shown = VneidCallback(data.request_id, data.state, Returned(data.code, data.iss))
        return VneidAdded(await add_charts(vneid, shown, caller))


def begun_view(begun: Begun, authorization_url: str) -> VneidBegunView:
    return VneidBegunView(begun.request_id, authorization_url, begun.one.state, begun.expires_at)
