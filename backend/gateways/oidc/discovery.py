"""Finds the provider's endpoints: from the configuration, else from its discovery document."""

from dataclasses import dataclass, field
from typing import Any, Literal

from backend.gateways.oidc.cache import Cache
from backend.gateways.oidc.claims import ClaimMap
from backend.gateways.oidc.http import OK, Origin, Outbound, origin_of
from backend.gateways.oidc.verifier import ProviderAway


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The operator's configuration of the provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    client_auth: Literal["basic", "post"] = "basic"
    redirect_uri: str
    authorize_url: str = ""
    token_url: str = ""
    jwks_url: str = ""
    userinfo_url: str = ""
    scope: str = "openid"
    acr_values: str = ""
    max_age: int = 0
    claims: ClaimMap

    @property
    def origins(self) -> frozenset[Origin]:
        """Give the origins that requests may go to, whatever the provider's discovery says."""
        urls = (self.issuer, self.token_url, self.jwks_url, self.userinfo_url)
        return frozenset(origin_of(url) for url in urls if url)


@dataclass(frozen=True, slots=True)
class Endpoints:
    authorize: str
    token: str
    jwks: str
    userinfo: str
    """Empty when there is none."""
    names_itself: bool
    """It says that its answers carry `iss` (RFC 9207): one without is then not its own."""


class Provider:
    """The endpoints of the provider."""

    def __init__(self, configured: Configured, outbound: Outbound) -> None:
        self._configured = configured
        self._outbound = outbound
        self._discovered = Cache(self._discover)

    async def endpoints(self) -> Endpoints:
        """Give the endpoints as configured, or as discovered.

        Raises:
            ProviderAway: they could not be discovered.
        """
        ours = self._configured
        if ours.authorize_url and ours.token_url and ours.jwks_url:
            return Endpoints(
                ours.authorize_url, ours.token_url, ours.jwks_url, ours.userinfo_url,
                names_itself=False,
            )  # fmt: skip
        return await self._discovered.get()

    async def close(self) -> None:
        await self._discovered.close()

    async def _discover(self) -> Endpoints:
        ours = self._configured
        url = f"{ours.issuer.rstrip('/')}/.well-known/openid-configuration"
        said = await self._outbound.ask("GET", url)
        if said.status != OK or said.content.get("issuer") != ours.issuer:
            raise ProviderAway("other_metadata")
        found = said.content
        return Endpoints(
            authorize=ours.authorize_url or self._address(found, "authorization_endpoint"),
            token=ours.token_url or self._address(found, "token_endpoint"),
            jwks=ours.jwks_url or self._address(found, "jwks_uri"),
            userinfo=ours.userinfo_url or self._optional(found, "userinfo_endpoint"),
            names_itself=found.get("authorization_response_iss_parameter_supported") is True,
        )

    def _optional(self, found: dict[str, Any], name: str) -> str:
        return self._address(found, name) if name in found else ""

    def _address(self, found: dict[str, Any], name: str) -> str:
        """Take an address from the metadata only if it is at a host the operator named."""
        url = found.get(name)
        if not isinstance(url, str) or not self._outbound.may_go_to(url):
            raise ProviderAway("host_not_allowed")
        return url
