"""What an app, a browser and a provider do when somebody signs in with VNeID."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar

from backend.api.app import create_app
from backend.gateways.oidc.claims import read_claim_map
from backend.gateways.oidc.client import Oidc
from backend.gateways.oidc.discovery import Configured
from tests.conftest import Database
from tests.harness.auth.steps import LAN, PHONE
from tests.harness.peers.openid_provider import (
    CLIENT,
    REDIRECT,
    SECRET,
    OpenIdProvider,
    show_oneself,
)

PORTAL: Final = (
    "citizen_id=SoDinhDanh birth_date=NgayThangNamSinh account_type=LoaiTaiKhoan:1 level=loAs"
)
"""What the claims are called at the national public service portal."""
KEYCLOAK: Final = "citizen_id=preferred_username birth_date=birthdate level=acr"


def portal_account(number: str = LAN, **other: Any) -> dict[str, Any]:
    return {
        "sub": "lan-at-the-portal", "SoDinhDanh": number, "NgayThangNamSinh": "19850312",
        "LoaiTaiKhoan": 1, "loAs": "LoA2", "HoVaTen": "TRẦN THỊ LAN", **other,
    }  # fmt: skip


def configured(op: OpenIdProvider, *, claims: str = PORTAL, **other: Any) -> Configured:
    ours: dict[str, Any] = {
        "issuer": op.issuer, "client_id": CLIENT, "client_secret": SECRET,
        "redirect_uri": REDIRECT, "claims": read_claim_map(claims, "LoA2 2"),
    }  # fmt: skip
    return Configured(**(ours | other))


_IDLE: Final[list[Litestar]] = []
"""APIs that were made and that nobody holds: what differs from hub to hub is their provider."""


@asynccontextmanager
async def a_hub(ours: Configured, *, answer_seconds: float = 10.0) -> AsyncIterator[AsyncClient]:
    """An API of its own that knows this provider."""
    app = _IDLE.pop() if _IDLE else create_app()
    vneid = app.state.identity_verifier = Oidc(ours, answer_seconds=answer_seconds)
    transport = ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]  # stricter scope type
    async with AsyncClient(transport=transport, base_url="https://hub.test") as hub:
        yield hub
    await vneid.close()
    app.state.identity_verifier = None
    _IDLE.append(app)


async def begin(hub: AsyncClient) -> dict[str, str]:
    answer = await hub.get("/v1/sign-in/vneid")
    assert answer.status_code == 200, answer.text
    begun: dict[str, str] = answer.json()
    return begun


async def come_back(hub: AsyncClient, begun: dict[str, str], **changed: Any) -> Response:
    """Show oneself at the provider, and let the app bring back what it got, or something else."""
    brought = await show_oneself(begun["authorizationUrl"]) | {"requestId": begun["requestId"]}
    said = {**brought, "device": PHONE, **changed}
    return await bring(hub, {name: value for name, value in said.items() if value is not None})


async def bring(hub: AsyncClient, said: dict[str, Any]) -> Response:
    return await hub.post("/v1/sign-in/vneid/callback", json=said)


async def sign_in_with_vneid(hub: AsyncClient) -> Response:
    return await come_back(hub, await begin(hub))


async def sessions(database: Database) -> list[tuple[str, str]]:
    rows = await database.owner.fetch("SELECT level, proof FROM session_chart ORDER BY id")
    return [(row["level"], row["proof"]) for row in rows]
