"""Signs a person in at an OpenID Connect provider: code flow with PKCE, no tokens stored."""

import base64
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from backend.core.clock import now
from backend.gateways.oidc.claims import identity_of
from backend.gateways.oidc.discovery import Configured, Endpoints, Provider
from backend.gateways.oidc.http import OK, Outbound, ProviderResponse
from backend.gateways.oidc.id_tokens import SKEW_SECONDS, read_id_token
from backend.gateways.oidc.jwks import ProviderKeys
from backend.gateways.oidc.verifier import Identity, NotProven, OneSignIn, ProviderAway, Returned


class Oidc:
    """One provider. It implements the port `IdentityVerifier`."""

    def __init__(self, configured: Configured, *, answer_seconds: float) -> None:
        self._ours = configured
        self._outbound = Outbound(configured.origins, answer_seconds=answer_seconds)
        self._provider = Provider(configured, self._outbound)
        self._keys = ProviderKeys(self._fetch_keys)

    async def authorization_url(self, one: OneSignIn) -> str:
        endpoints = await self._provider.endpoints()
        asked = {
            "response_type": "code",
            "client_id": self._ours.client_id,
            "redirect_uri": self._ours.redirect_uri,
            "scope": self._ours.scope,
            "state": one.state,
            "nonce": one.nonce,
            "code_challenge": challenge_of(one.verifier),
            "code_challenge_method": "S256",
        }
        if self._ours.acr_values:
            asked["acr_values"] = self._ours.acr_values
        if self._ours.max_age:
            asked["max_age"] = str(self._ours.max_age)
        joined = "&" if "?" in endpoints.authorize else "?"
        return f"{endpoints.authorize}{joined}{urlencode(asked, quote_via=quote)}"

    async def verify(self, returned: Returned, one: OneSignIn) -> Identity:
        endpoints = await self._provider.endpoints()
        self._check_issuer(returned, endpoints)
        tokens = await self._exchange(returned.code, one.verifier, endpoints)
        signed = await read_id_token(
            _text(tokens, "id_token"),
            self._keys,
            issuer=self._ours.issuer,
            client_id=self._ours.client_id,
            nonce=one.nonce,
        )
        told = await self._told(tokens, endpoints) if endpoints.userinfo else {}
        fresh = self._is_fresh(signed.get("auth_time"))
        return identity_of(signed, told, self._ours.claims, issuer=self._ours.issuer, fresh=fresh)

    async def close(self) -> None:
        await self._keys.close()
        await self._provider.close()
        await self._outbound.close()

    def _check_issuer(self, returned: Returned, endpoints: Endpoints) -> None:
        """Refuse what another provider sent back (RFC 9207)."""
        if returned.issuer is None and endpoints.names_itself:
            raise NotProven("issuer_missing")
        if returned.issuer not in {None, self._ours.issuer}:
            raise NotProven("other_issuer")

    async def _exchange(self, code: str, verifier: str, endpoints: Endpoints) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._ours.redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        if self._ours.client_auth == "basic":
            pair = f"{quote(self._ours.client_id, '')}:{quote(self._ours.client_secret, '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self._ours.client_id, "client_secret": self._ours.client_secret}
        said = await self._outbound.ask("POST", endpoints.token, headers=headers, form=form)
        if said.content.get("error") == "invalid_grant":
            raise NotProven("code_refused")
        return _ok(said, "token")

    async def _told(self, tokens: dict[str, Any], endpoints: Endpoints) -> dict[str, Any]:
        """Ask by POST: every provider must take it, and in Vietnam it is how they are asked."""
        bearer = {"Authorization": f"Bearer {_text(tokens, 'access_token')}"}
        return _ok(await self._outbound.ask("POST", endpoints.userinfo, headers=bearer), "userinfo")

    async def _fetch_keys(self) -> dict[str, Any]:
        endpoints = await self._provider.endpoints()
        return _ok(await self._outbound.ask("GET", endpoints.jwks), "jwks")

    def _is_fresh(self, authenticated: object) -> bool:
        """Say whether the person showed themselves as lately as was asked for."""
        if not self._ours.max_age:
            return True
        if isinstance(authenticated, bool) or not isinstance(authenticated, int | float):
            return False
        return now().timestamp() - authenticated <= self._ours.max_age + SKEW_SECONDS


def challenge_of(verifier: str) -> str:
    """Give the S256 challenge of RFC 7636."""
    digest = sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _ok(said: ProviderResponse, endpoint: str) -> dict[str, Any]:
    if said.status != OK:
        raise ProviderAway(f"{endpoint}_{said.status}")
    return said.content


def _text(content: dict[str, Any], name: str) -> str:
    text = content.get(name)
    if not isinstance(text, str) or not text.isascii() or not text.isprintable():
        raise ProviderAway(f"no_{name}")
    return text
