"""Routes to sign in with a slip from the desk."""

from typing import Annotated, Any

from litestar import Controller, Request, post
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from backend.auth.dpop.device_key import DeviceKey
from backend.auth.sign_in.activation import activate
from backend.auth.sign_in.token_views import DeviceIn, TokensView, tokens_view
from backend.core.http.client_address import client_address
from backend.core.http.public import open_to_all


class SlipShown(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    activation_code: Annotated[str, Meta(max_length=60)]
    """As printed; case, spaces and dashes do not matter."""
    device: DeviceIn


class Activations(Controller):
    path = "/v1/sign-in/activations"
    guards = [open_to_all]
    tags = ["sign-in"]
    cache_control = CacheControlHeader(no_store=True)

    @post()
    async def activate(
        self,
        data: JSONBody[SlipShown],
        key: NamedDependency[DeviceKey],
        request: Request[Any, Any, Any],
    ) -> TokensView:
        """Sign in with the code of a slip, once. It needs neither a phone nor a citizen id."""
        return tokens_view(
            await activate(
                data.activation_code, data.device.details(), key, client_address(request)
            )
        )
