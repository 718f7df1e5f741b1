"""A small OpenID provider over HTTP that really issues, exchanges and signs; a test bends it."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from aiohttp import BasicAuth, web
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from backend.core.clock import now
from backend.gateways.oidc.client import challenge_of
from backend.sandbox.serving import running

CLIENT = "benh-vien"
SECRET = "bí-mật-của-bệnh-viện"
REDIRECT = "https://app.benhvien.vn/vneid"

Claims = dict[str, Any]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Granted:
    asked: dict[str, str]
    account: Claims


@dataclass
class OpenIdProvider:
    """What it knows; everything may be changed while it runs."""

    issuer: str = ""
    account: Claims = field(default_factory=dict)
    """Who shows themselves next."""
    in_id_token: tuple[str, ...] = ()
    """Which of the account's claims the ID token carries; the userinfo has all."""
    keys: dict[str, Key] = field(default_factory=lambda: {"first": a_key()})
    signs_with: str = "first"
    header: Claims = field(default_factory=dict)
    signed: Callable[[Claims], Claims] = lambda claims: claims
    """What becomes of an ID token's claims before it is signed."""
    sign: Callable[[Claims, Claims], str] | None = None
    told: Callable[[Claims], Claims] = lambda claims: claims
    metadata: Claims = field(default_factory=dict)
    instead: dict[str, Answer] = field(default_factory=dict)
    """What is answered at a path instead of the truth."""
    forgetful: bool = False
    """It takes a code more than once."""
    asked: Counter[str] = field(default_factory=Counter)
    authorizations: list[dict[str, str]] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    """How the client showed its secret: basic or post."""
    codes: dict[str, Granted] = field(default_factory=dict)
    tokens: dict[str, Claims] = field(default_factory=dict)

    async def meet(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] += 1
        if request.path in self.instead:
            return await self.instead[request.path](request)
        answer: Answer = {
            "/.well-known/openid-configuration": self._metadata,
            "/authorize": self._authorize,
            "/token": self._token,
            "/jwks": self._jwks,
            "/userinfo": self._userinfo,
        }[request.path]
        return await answer(request)

    async def _metadata(self, _: web.Request) -> web.Response:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "authorization_response_iss_parameter_supported": True,
        }
        return web.json_response(said | self.metadata)

    async def _authorize(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        self.authorizations.append(asked)
        if (asked["client_id"], asked["redirect_uri"]) != (CLIENT, REDIRECT):
            return web.Response(status=400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = Granted(asked, dict(self.account))
        back = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return web.Response(status=302, headers={"Location": f"{REDIRECT}?{back}"})

    async def _token(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        if not self._is_the_client(request, form):
            return web.json_response({"error": "invalid_client"}, status=401)
        granted = self.codes.get(form.get("code", ""))
        if not self.forgetful:
            self.codes.pop(form.get("code", ""), None)
        if (
            granted is None
            or form["redirect_uri"] != granted.asked["redirect_uri"]
            or challenge_of(form["code_verifier"]) != granted.asked["code_challenge"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        access = secrets.token_urlsafe(16)
        self.tokens[access] = granted.account
        return web.json_response(
            {"access_token": access, "token_type": "Bearer", "id_token": self._id_token(granted)}
        )

    def _is_the_client(self, request: web.Request, form: dict[str, str]) -> bool:
        shown = request.headers.get("Authorization")
        self.proofs.append("basic" if shown else "post")
        if shown is None:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        basic = BasicAuth.decode(shown)
        pair = dict(parse_qsl(f"id={basic.login}&secret={basic.password}"))  # RFC 6749 2.3.1
        return pair == {"id": CLIENT, "secret": SECRET}

    def _id_token(self, granted: Granted) -> str:
        at = int(now().timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": granted.account["sub"],
            "exp": at + 300, "iat": at, "nonce": granted.asked["nonce"],
            **{name: granted.account[name] for name in self.in_id_token},
        }  # fmt: skip
        claims = self.signed(claims)
        key = self.keys[self.signs_with]
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        header = {"alg": algorithm, "kid": self.signs_with, **self.header}
        if self.sign is not None:
            return self.sign(header, claims)
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    async def _jwks(self, _: web.Request) -> web.Response:
        listed = [{**key.as_dict(private=False), "kid": kid} for kid, key in self.keys.items()]
        return web.json_response({"keys": listed})

    async def _userinfo(self, request: web.Request) -> web.Response:
        account = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if account is None or request.method != "POST":
            return web.Response(status=401)
        if "Content-Type" in request.headers:
            return web.Response(status=400)  # there is no body for it; a real provider says so too
        return web.json_response(self.told(dict(account)))


def a_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


def an_rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


@asynccontextmanager
async def an_openid_provider() -> AsyncIterator[OpenIdProvider]:
    provider = OpenIdProvider()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", provider.meet)
    async with running(app) as provider.issuer:
        yield provider


async def show_oneself(authorization_url: str) -> dict[str, str]:
    """Go where a browser would go, and give what the claimed link carries back."""
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(authorization_url, allow_redirects=False) as sent_back,
    ):
        assert sent_back.status == 302, await sent_back.text()
        return dict(parse_qsl(urlsplit(sent_back.headers["Location"]).query))
