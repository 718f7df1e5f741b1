"""The views of sign-in: tokens for the app, and details of the phone it runs on."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from backend.auth.sessions.devices import DeviceDetails
from backend.auth.sessions.sessions import OpenedSession

Short = Annotated[str, Meta(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")]


class DeviceIn(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    platform: Literal["android", "ios"]
    model: Short = ""
    name: Short = ""

    def details(self) -> DeviceDetails:
        return DeviceDetails(self.platform, self.model, self.name)


class TokensView(Struct, frozen=True, rename="camel"):
    access_token: str
    refresh_token: str
    expires_in: int
    """Seconds the access token is good for."""
    token_type: Literal["DPoP", "Bearer"]
    """How the access token is shown. DPoP: together with a proof each time (RFC 9449)."""
    level: str | None
    """The strongest at which a chart is open; null while there are only charts to say yes to."""


def tokens_view(opened: OpenedSession) -> TokensView:
    return TokensView(
        access_token=opened.access_token,
        refresh_token=opened.refresh_token,
        expires_in=opened.expires_in,
        token_type="DPoP" if opened.bound else "Bearer",
        level=opened.level.value if opened.level else None,
    )
