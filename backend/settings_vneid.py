"""What an operator says about VNeID, checked at the start: all or nothing, and no near miss."""

import re
from ipaddress import ip_address
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_CLAIMED: Final = re.compile(
    r"https://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+"
)
"""An https address that an app can claim: a host by name, a plain path, and nothing after it."""


class VneidSettings(BaseSettings):
    """The identity provider of VNeID, or none."""

    model_config = SettingsConfigDict(env_prefix="HUB_", frozen=True)

    vneid_issuer: str = ""
    """The identity provider, exactly as its ID tokens name it; empty when there is none."""
    vneid_client_id: str = ""
    """Who the hub is to the provider."""
    vneid_client_secret: SecretStr = SecretStr("")
    """What proves it."""
    vneid_client_auth: Literal["basic", "post"] = "basic"
    """How the secret is shown at the token endpoint."""
    vneid_redirect_uri: str = ""
    """The https link the app claims, exactly as it is registered with the provider."""
    vneid_authorize_url: str = ""
    """Where the browser goes; asked for at the issuer when empty."""
    vneid_token_url: str = ""
    """Where codes are exchanged; asked for at the issuer when empty."""
    vneid_jwks_url: str = ""
    """Where the provider's keys are; asked for at the issuer when empty. With these three nothing
    is asked for at the issuer."""
    vneid_userinfo_url: str = ""
    """Where the provider tells more claims. Without discovery and without this, only the ID token
    counts."""
    vneid_scope: str = "openid"
    """What is asked for."""
    vneid_acr_values: str = ""
    """What level is asked for, in the provider's own words."""
    vneid_max_age_seconds: int = Field(default=0, ge=0)
    """How long ago the person may have shown themselves to the provider; 0 asks for nothing."""
    vneid_claims: str = (
        "citizen_id=SoDinhDanh birth_date=NgayThangNamSinh account_type=LoaiTaiKhoan:1 level=loAs"
    )
    """Which claim says what; the account type with the value that means a citizen."""
    vneid_level_two: str = ""
    """The values of the level claim that mean a level 2 account, joined by spaces."""

    @model_validator(mode="after")
    def vneid_can_be(self) -> Self:
        """Refuse to start with half of it, or with an address that is almost right.

        Raises:
            ValueError: what is wrong, without the value.
        """
        needed = (self.vneid_client_id, self.vneid_redirect_uri,
                  self.vneid_client_secret.get_secret_value())  # fmt: skip
        if not self.vneid_issuer:
            if any(needed):
                raise ValueError("HUB_VNEID_ISSUER is missing")
            return self
        if not all(needed):
            raise ValueError("HUB_VNEID_CLIENT_ID, _CLIENT_SECRET and _REDIRECT_URI belong to it")
        if not _CLAIMED.fullmatch(self.vneid_redirect_uri):
            raise ValueError("HUB_VNEID_REDIRECT_URI is an https link with a host and a plain path")
        urls = (self.vneid_issuer, self.vneid_authorize_url, self.vneid_token_url,
                self.vneid_jwks_url, self.vneid_userinfo_url)  # fmt: skip
        if not all(_may_be_asked(url) for url in urls if url):
            raise ValueError("an address of the provider is https; http only on this machine")
        return self


def _may_be_asked(url: str) -> bool:
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or set(url) & {"#", "\\"}:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(parts.hostname))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
