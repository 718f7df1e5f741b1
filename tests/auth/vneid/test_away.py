"""When VNeID is away, or answers as no provider does, the hub says so and codes still work."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web
from httpx import AsyncClient

from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.steps import LAN, another_challenge
from tests.harness.auth.vneid_steps import a_hub, configured, sessions, sign_in_with_vneid
from tests.harness.peers.openid_provider import OpenIdProvider

pytestmark = pytest.mark.usefixtures("lan")

Bend = Callable[[OpenIdProvider], object]


def answers(path: str, **answer: Any) -> Bend:
    async def instead(_: web.Request) -> web.Response:
        return web.Response(**answer)

    return lambda op: op.instead.update({path: instead})


def true_but(path: str, change: Callable[[web.Response], object]) -> Bend:
    """Give the true answer, but for one thing."""

    def bend(op: OpenIdProvider) -> None:
        async def instead(request: web.Request) -> web.StreamResponse:
            del op.instead[path]
            answer = await op.meet(request)
            assert isinstance(answer, web.Response)
            change(answer)
            return answer

        op.instead[path] = instead

    return bend


def five_megabytes(answer: web.Response) -> None:
    assert isinstance(answer.body, bytes)
    answer.body = answer.body + b" " * 5_000_000


TO_THE_CLOUD = {"Location": "http://169.254.169.254/latest/meta-data/"}
AWAY: dict[str, Bend] = {
    "token: 500": answers("/token", status=500, text="{}"),
    "token: not ours": answers("/token", status=401, text='{"error": "invalid_client"}'),
    "token: no JSON": answers("/token", text="<html>"),
    "token: a list": answers("/token", text="[]"),
    "token: 5 MB": true_but("/token", five_megabytes),
    "token: deep": answers("/token", text="[" * 100_000),
    "token: compressed": true_but("/token", lambda a: a.headers.update({"Content-Encoding": "x"})),
    "token: not 200": true_but("/token", lambda a: a.set_status(202)),
    "token: without an ID token": answers("/token", text='{"access_token": "a"}'),
    "token: elsewhere": answers("/token", status=302, headers=TO_THE_CLOUD),
    "keys: 500": answers("/jwks", status=500, text="{}"),
    "keys: none": answers("/jwks", text='{"keys": []}'),
    "keys: malformed": answers("/jwks", text='{"keys": [{"kty": "EC", "x": 1}, 7]}'),
    "keys: elsewhere": answers("/jwks", status=307, headers=TO_THE_CLOUD),
    "userinfo: 401": answers("/userinfo", status=401, text="{}"),
    "userinfo: signed": answers("/userinfo", text="a.b.c"),
    "userinfo: elsewhere": answers("/userinfo", status=301, headers=TO_THE_CLOUD),
}


@pytest.mark.parametrize("fault", AWAY)
async def test_a_provider_that_does_not_answer_as_one_is_away(
    hub: AsyncClient, op: OpenIdProvider, database: Database, fault: str
) -> None:
    AWAY[fault](op)

    answer = await sign_in_with_vneid(hub)

    assert is_problem(answer, 503, "vneid_away")
    assert await sessions(database) == []
    assert (await another_challenge(hub, LAN)).status_code == 202


@pytest.mark.parametrize("path", ["/token", "/jwks", "/userinfo"])
async def test_a_redirect_is_not_followed_even_to_the_provider_itself(
    hub: AsyncClient, op: OpenIdProvider, path: str
) -> None:
    answers(path, status=307, headers={"Location": f"{op.issuer}/moved"})(op)
    answers("/moved", text="{}")(op)

    assert is_problem(await sign_in_with_vneid(hub), 503, "vneid_away")
    assert op.asked["/moved"] == 0


METADATA: dict[str, Bend] = {
    "away": answers("/.well-known/openid-configuration", status=500, text="{}"),
    "of another issuer": lambda op: op.metadata.update(issuer="https://other.vn"),
    "keys elsewhere": lambda op: op.metadata.update(jwks_uri="http://127.0.0.1:1/jwks"),
    "tokens in the cloud": lambda op: op.metadata.update(token_endpoint=TO_THE_CLOUD["Location"]),
    "people elsewhere": lambda op: op.metadata.update(userinfo_endpoint="file:///etc/passwd"),
    "browser elsewhere": lambda op: op.metadata.update(authorization_endpoint="https://evil.vn/a"),
    "no tokens": lambda op: op.metadata.update(token_endpoint=None),
}


@pytest.mark.parametrize("fault", METADATA)
async def test_metadata_that_lead_elsewhere_are_not_followed(
    hub: AsyncClient, op: OpenIdProvider, fault: str
) -> None:
    METADATA[fault](op)

    assert is_problem(await hub.get("/v1/sign-in/vneid"), 503, "vneid_away")
    assert (await another_challenge(hub, LAN)).status_code == 202


async def test_a_provider_that_keeps_everybody_waiting_is_away_for_all_at_once(
    op: OpenIdProvider,
) -> None:
    held = asyncio.Event()

    async def never(_: web.Request) -> web.Response:
        await held.wait()
        return web.Response()

    op.instead["/.well-known/openid-configuration"] = never
    async with a_hub(configured(op), answer_seconds=0.2) as hub, asyncio.timeout(5):
        begun = await asyncio.gather(*(hub.get("/v1/sign-in/vneid") for _ in range(20)))
    held.set()

    assert {answer.json()["code"] for answer in begun} == {"vneid_away"}
    assert op.asked["/.well-known/openid-configuration"] == 1
