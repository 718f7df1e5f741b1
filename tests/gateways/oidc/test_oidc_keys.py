"""The provider turns its keys without notice; somebody who invents keys makes nobody run."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from joserfc import jwt

from backend.gateways.oidc.client import Oidc
from backend.gateways.oidc.id_tokens import read_id_token
from backend.gateways.oidc.jwks import ProviderKeys
from backend.gateways.oidc.verifier import NotProven, OneSignIn, Returned
from tests.conftest import Travel
from tests.harness.auth.vneid_steps import configured, portal_account
from tests.harness.peers.openid_provider import (
    OpenIdProvider,
    a_key,
    an_openid_provider,
    show_oneself,
)

ONE = OneSignIn(state="a-state", nonce="a-nonce", verifier="a" * 64)


@pytest.fixture
async def op() -> AsyncIterator[OpenIdProvider]:
    async with an_openid_provider() as op:
        op.account = portal_account()
        yield op


@pytest.fixture
async def oidc(op: OpenIdProvider) -> AsyncIterator[Oidc]:
    oidc = Oidc(configured(op), answer_seconds=10)
    yield oidc
    await oidc.close()


async def signs_in(oidc: Oidc) -> bool:
    back = await show_oneself(await oidc.authorization_url(ONE))
    try:
        await oidc.verify(Returned(back["code"], back["iss"]), ONE)
    except NotProven:
        return False
    return True


async def test_keys_are_fetched_once_and_again_when_they_were_turned(
    oidc: Oidc, op: OpenIdProvider
) -> None:
    assert [await signs_in(oidc) for _ in range(3)] == [True] * 3
    assert op.asked["/jwks"] == 1

    op.keys, op.signs_with = {"second": a_key()}, "second"

    assert [await signs_in(oidc) for _ in range(3)] == [True] * 3
    assert op.asked["/jwks"] == 2


@pytest.mark.parametrize("kid", [["first"], {}, 1])
async def test_a_key_whose_name_is_no_text_is_no_key(kid: object) -> None:
    async def one_key() -> dict[str, Any]:
        return {"keys": [a_key().as_dict(private=False) | {"kid": "first"}]}

    header = base64.urlsafe_b64encode(msgspec.json.encode({"alg": "ES256", "kid": kid})).decode()
    token = f"{header.rstrip('=')}.e30.AAAA"

    with pytest.raises(NotProven, match="unknown_key"):
        await read_id_token(
            token, ProviderKeys(one_key), issuer="https://op.example", client_id="hub", nonce="n"
        )


async def test_a_storm_of_unknown_keys_fetches_twice_at_most(
    oidc: Oidc, op: OpenIdProvider, time_moves: Travel
) -> None:
    back = await show_oneself(await oidc.authorization_url(ONE))
    granted = op.codes[back["code"]]
    for n in range(1000):
        op.header["kid"], op.codes["again"] = f"unknown-{n}", granted
        with pytest.raises(NotProven, match="unknown_key"):
            await oidc.verify(Returned("again", back["iss"]), ONE)
    assert op.asked["/jwks"] == 2

    op.header.clear()
    op.keys, op.signs_with = {"second": a_key()}, "second"

    async with time_moves(timedelta(seconds=61)):
        assert await signs_in(oidc)


async def test_a_key_that_was_taken_away_is_believed_for_an_hour_at_most(
    oidc: Oidc, op: OpenIdProvider, time_moves: Travel
) -> None:
    stolen = op.keys["first"]
    assert await signs_in(oidc)

    op.keys, op.signs_with = {"second": a_key()}, "second"
    op.sign = lambda _, claims: jwt.encode({"alg": "ES256", "kid": "first"}, claims, stolen)

    async with time_moves(timedelta(minutes=59)):
        assert await signs_in(oidc)
    async with time_moves(timedelta(minutes=61)):
        assert not await signs_in(oidc)
