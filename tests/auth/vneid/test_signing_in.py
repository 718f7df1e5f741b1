"""A patient signs in with VNeID, at providers of both kinds; who else comes back opens nothing."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx import AsyncClient, Response

from backend.core.redis import redis
from tests.api.conftest import is_problem
from tests.conftest import Database, Travel
from tests.harness.auth.prover import Prover
from tests.harness.auth.steps import LAN, PHONE, tokens_of
from tests.harness.auth.vneid_steps import (
    KEYCLOAK,
    a_hub,
    begin,
    bring,
    come_back,
    configured,
    portal_account,
    sessions,
    sign_in_with_vneid,
)
from tests.harness.peers.openid_provider import REDIRECT, SECRET, OpenIdProvider, show_oneself


async def test_a_patient_of_the_portal_signs_in_and_reads(
    hub: AsyncClient, op: OpenIdProvider, database: Database, lan: Any
) -> None:
    tokens = tokens_of(await sign_in_with_vneid(hub))

    profile = await hub.get("/v1/patients/me", headers=tokens.bearer)
    assert (tokens.level, profile.json()["id"]) == ("vneid", str(lan))
    assert await sessions(database) == [("vneid", "vneid")]


async def test_a_patient_of_a_keycloak_realm_signs_in_with_what_the_id_token_says(
    op: OpenIdProvider, database: Database, lan: Any
) -> None:
    op.account = {"sub": "lan", "preferred_username": LAN, "birthdate": "1985-03-12", "acr": "2"}
    op.in_id_token = ("preferred_username", "birthdate", "acr")
    op.told = lambda claims: {"sub": claims["sub"]}

    async with a_hub(configured(op, claims=KEYCLOAK, client_auth="post")) as hub:
        tokens = tokens_of(await sign_in_with_vneid(hub))

    assert tokens.level == "vneid"
    assert op.proofs == ["post"]


async def test_endpoints_that_are_configured_are_not_asked_for(
    op: OpenIdProvider, database: Database, lan: Any
) -> None:
    static = {f"{name}_url": f"{op.issuer}/{path}" for name, path in
              [("authorize", "authorize?tenant=vn"), ("token", "token"), ("jwks", "jwks"),
               ("userinfo", "userinfo")]}  # fmt: skip

    async with a_hub(configured(op, **static)) as hub:
        tokens_of(await come_back(hub, await begin(hub), iss=None))

    assert op.asked["/.well-known/openid-configuration"] == 0
    assert op.authorizations[0]["tenant"] == "vn"
    assert op.proofs == ["basic"]


async def test_the_browser_is_sent_with_a_challenge_and_the_exact_link_and_no_secret(
    op: OpenIdProvider, database: Database
) -> None:
    async with a_hub(configured(op, acr_values="LoA2", max_age=600)) as hub:
        begun = await begin(hub)

    asked = {name: said[0] for name, said in
             parse_qs(urlsplit(begun["authorizationUrl"]).query).items()}  # fmt: skip
    assert asked.pop("state") == begun["state"]
    assert len(asked.pop("nonce")) == 64
    assert len(asked.pop("code_challenge")) == 43
    assert asked == {
        "response_type": "code", "client_id": "benh-vien", "redirect_uri": REDIRECT,
        "scope": "openid", "code_challenge_method": "S256", "acr_values": "LoA2",
        "max_age": "600",
    }  # fmt: skip
    assert SECRET not in json.dumps(begun, ensure_ascii=False)
    assert begun["requestId"] not in begun["authorizationUrl"]


async def test_a_phone_with_a_key_begins_and_ends_with_it_and_no_other_phone_does(
    hub: AsyncClient, database: Database, lan: Any
) -> None:
    phone, thief = Prover(hub), Prover(hub)

    async def signs_in(ends: Prover) -> Response:
        begun = (await phone.send("GET", "/v1/sign-in/vneid")).json()
        back = await show_oneself(begun["authorizationUrl"])
        said = back | {"requestId": begun["requestId"], "device": PHONE}
        return await ends.send("POST", "/v1/sign-in/vneid/callback", body=said)

    assert is_problem(await signs_in(thief), 401, "vneid_begin_again")
    tokens = tokens_of(await signs_in(phone))

    assert tokens.token_type == "DPoP"
    bound = await database.owner.fetchval("SELECT key_thumbprint FROM session")
    assert bound == phone.thumbprint


async def test_nothing_in_redis_finishes_a_sign_in(hub: AsyncClient, op: OpenIdProvider) -> None:
    begun = await begin(hub)
    await show_oneself(begun["authorizationUrl"])

    [place] = await redis().keys("vneid-request:*")
    kept = f"{place!s} {await redis().get(place)!s}"

    asked = op.authorizations[0]
    for secret in (begun["requestId"], begun["state"], asked["nonce"], asked["code_challenge"]):
        assert secret not in kept
    assert set(json.loads(str(await redis().get(place)))) == {
        "state_hash", "key_name", "thumbprint", "expires_at", "session",
    }  # fmt: skip
    assert 590 < await redis().ttl(place) <= 600


@pytest.mark.parametrize(
    ("level", "status"),
    [("LoA2", 201), ("LoA1", 401), ("", 401), ("loa2", 401), ("LoA22", 401), (2, 201)],
)
async def test_only_an_account_of_level_two_proves_anything(
    hub: AsyncClient, op: OpenIdProvider, database: Database, lan: Any, level: Any, status: int
) -> None:
    op.account = portal_account(loAs=level)

    assert (await sign_in_with_vneid(hub)).status_code == status


@pytest.mark.parametrize(("ago", "status"), [(30, 201), (700, 401), (None, 401)])
async def test_who_showed_themselves_too_long_ago_proves_nothing(
    op: OpenIdProvider, database: Database, lan: Any, ago: int | None, status: int
) -> None:
    if ago is not None:
        op.signed = lambda claims: claims | {"auth_time": claims["iat"] - ago}

    async with a_hub(configured(op, max_age=600)) as hub:
        assert (await sign_in_with_vneid(hub)).status_code == status


async def test_where_the_trust_came_from_is_kept_and_nothing_of_the_providers(
    hub: AsyncClient, op: OpenIdProvider, database: Database, lan: Any
) -> None:
    op.signed = lambda claims: claims | {"auth_time": claims["iat"] - 30, "amr": ["face", "pin"]}
    await sign_in_with_vneid(hub)

    kept = await database.owner.fetchrow("SELECT * FROM vneid_sign_in")
    session = await database.owner.fetchval("SELECT id FROM session")
    assert (kept["session"], kept["acr"], kept["amr"]) == (session, "LoA2", "face pin")
    assert kept["authenticated_at"] is not None
    everything = [dict(row) for table in ("vneid_sign_in", "audit_event")
                  for row in await database.owner.fetch(f"SELECT * FROM {table}")]  # fmt: skip
    for secret in (*op.tokens, LAN, "lan-at-the-portal"):
        assert secret not in str(everything)


async def test_where_it_is_not_configured_there_is_no_such_sign_in(
    client: AsyncClient, database: Database
) -> None:
    assert is_problem(await client.get("/v1/sign-in/vneid"), 404, "vneid_off")
    shown = {"requestId": "a", "state": "b", "code": "c", "device": PHONE}
    assert is_problem(await bring(client, shown), 404, "vneid_off")


async def test_from_one_place_nobody_begins_without_end(hub: AsyncClient) -> None:
    answers = [await hub.get("/v1/sign-in/vneid") for _ in range(31)]

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[-1].headers["retry-after"]


async def test_what_began_is_over_after_ten_minutes(
    hub: AsyncClient, database: Database, lan: Any, time_moves: Travel
) -> None:
    late, in_time = await begin(hub), await begin(hub)

    async with time_moves(timedelta(seconds=590)):
        tokens_of(await come_back(hub, in_time))
    async with time_moves(timedelta(seconds=600)):
        assert is_problem(await come_back(hub, late), 401, "vneid_begin_again")
