"""What comes back wrong from VNeID opens nothing; when the provider is away, codes still work."""

import asyncio
import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from httpx import AsyncClient
from joserfc import jwt
from joserfc.jwk import OctKey

from backend.auth.dpop.device_key import DeviceKey
from backend.auth.vneid import authorization_requests
from backend.core.redis import close_redis, open_redis
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.steps import LAN, PHONE, tokens_of
from tests.harness.auth.vneid_steps import begin, bring, come_back, sessions, sign_in_with_vneid
from tests.harness.peers.openid_provider import (
    SECRET,
    Claims,
    OpenIdProvider,
    a_key,
    an_rsa_key,
    show_oneself,
)

pytestmark = pytest.mark.usefixtures("lan")

Bend = Callable[[OpenIdProvider], object]


@pytest.mark.parametrize(
    "changed",
    [{"state": "of-another"}, {"requestId": "of-another"}, {"iss": "https://other.vn"},
     {"iss": None}, {"code": "of-nobody"}],
    ids=lambda changed: "-".join(map(str, *changed.items())),
)  # fmt: skip
async def test_what_did_not_come_from_this_sign_in_is_refused(
    hub: AsyncClient, database: Database, changed: dict[str, Any]
) -> None:
    answer = await come_back(hub, await begin(hub), **changed)

    assert is_problem(answer, 401, "vneid_begin_again")
    assert await sessions(database) == []


@pytest.mark.parametrize("missing", ["state", "requestId", "code", "device"])
async def test_without_each_part_nothing_is_asked(hub: AsyncClient, missing: str) -> None:
    answer = await come_back(hub, await begin(hub), **{missing: None})

    assert is_problem(answer, 400, "invalid_request")


async def test_a_code_of_one_sign_in_does_not_finish_another(
    hub: AsyncClient, op: OpenIdProvider, database: Database
) -> None:
    stolen = await show_oneself((await begin(hub))["authorizationUrl"])

    answer = await come_back(hub, await begin(hub), code=stolen["code"])

    assert is_problem(answer, 401, "vneid_begin_again")
    assert stolen["code"] not in op.codes  # it was shown with the other verifier, and refused
    assert await sessions(database) == []


async def test_a_link_from_somebody_elses_sign_in_does_not_finish_on_this_phone(
    hub: AsyncClient, database: Database
) -> None:
    of_the_thief = await show_oneself((await begin(hub))["authorizationUrl"])
    of_this_phone = await begin(hub)

    said = of_the_thief | {"requestId": of_this_phone["requestId"], "device": PHONE}

    assert is_problem(await bring(hub, said), 401, "vneid_begin_again")
    assert await sessions(database) == []


async def test_of_twenty_at_once_one_opens_a_session_and_none_later(
    hub: AsyncClient, op: OpenIdProvider, database: Database
) -> None:
    op.forgetful = True  # what counts is that the hub is not
    begun = await begin(hub)
    said = await show_oneself(begun["authorizationUrl"])
    said |= {"requestId": begun["requestId"], "device": PHONE}  # type: ignore[dict-item]  # JSON

    answers = await asyncio.gather(*(bring(hub, said) for _ in range(20)))
    later = await bring(hub, said)

    assert sorted(answer.status_code for answer in answers) == [201] + [401] * 19
    assert is_problem(later, 401, "vneid_begin_again")
    assert len(await sessions(database)) == 1


@pytest.mark.parametrize(
    ("begins", "ends", "lets"),
    [("one", "one", True), ("one", "other", False), ("one", "", False), ("", "one", True)],
)
async def test_only_the_key_that_began_ends_it_and_a_wrong_one_ends_it_for_all(
    database: Database, begins: str, ends: str, lets: bool  # noqa: FBT001  # a column of the table
) -> None:  # fmt: skip
    begun = await authorization_requests.begin(DeviceKey(begins))

    taken = await authorization_requests.take(begun.request_id, begun.one.state, DeviceKey(ends))

    assert taken == (begun.one if lets else None)
    again = await authorization_requests.take(begun.request_id, begun.one.state, DeviceKey(begins))
    assert again is None


async def test_without_redis_nobody_begins_or_ends(hub: AsyncClient, database: Database) -> None:
    begun = await begin(hub)
    await close_redis()
    open_redis("unix:///nowhere.sock")

    begins, ends = await hub.get("/v1/sign-in/vneid"), await come_back(hub, begun)

    await close_redis()
    open_redis(database.servers.redis_url)
    assert is_problem(begins, 503, "fast_store_away")
    assert is_problem(ends, 503, "fast_store_away")


def says(**changed: Any) -> Bend:
    """Change claims of the ID token; None leaves one out."""

    def claims(before: Claims) -> Claims:
        after = {name: said(before) if callable(said) else said for name, said in changed.items()}
        return {k: v for k, v in {**before, **after}.items() if v is not None}

    return lambda op: setattr(op, "signed", claims)


def unsigned(header: Claims, claims: Claims) -> str:
    return f"{encoded({**header, 'alg': 'none'})}.{encoded(claims)}."


def encoded(part: Claims) -> str:
    return in_base64(json.dumps(part).encode())


def in_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed_by_the_public_key(op: OpenIdProvider) -> None:
    """HS256 with what everybody knows as the secret: the classic confusion."""
    known_to_all = an_rsa_key()
    op.keys, public = {"first": known_to_all}, known_to_all.as_pem(private=False)

    def sign(header: Claims, claims: Claims) -> str:
        text = ".".join(encoded(each) for each in (header | {"alg": "HS256"}, claims))
        return f"{text}.{in_base64(hmac.digest(public, text.encode(), 'sha256'))}"

    op.sign = sign


def signed_by_the_client_secret(op: OpenIdProvider) -> None:
    def sign(header: Claims, claims: Claims) -> str:
        secret = OctKey.import_key(SECRET + SECRET)
        return jwt.encode(header | {"alg": "HS256"}, claims, secret, algorithms=["HS256"])

    op.sign = sign


def signed_by_a_stranger(op: OpenIdProvider) -> None:
    stranger = a_key()

    def sign(header: Claims, claims: Claims) -> str:
        brought = {**header, "jwk": stranger.as_dict(private=False)}
        return jwt.encode(brought, claims, stranger, algorithms=["ES256"])

    op.sign = sign


def of_one_of_two_keys_unnamed(op: OpenIdProvider) -> None:
    op.keys["second"] = a_key()
    op.header = {"kid": None}

    def sign(header: Claims, claims: Claims) -> str:
        named = {name: said for name, said in header.items() if said is not None}
        return jwt.encode(named, claims, op.keys["first"], algorithms=["ES256"])

    op.sign = sign


UNBELIEVABLE: dict[str, Bend] = {
    "no signature": lambda op: setattr(op, "sign", unsigned),
    "HS256 with the public key": signed_by_the_public_key,
    "HS256 with the client secret": signed_by_the_client_secret,
    "a key it brings itself": signed_by_a_stranger,
    "one of two keys, unnamed": of_one_of_two_keys_unnamed,
    "an unknown key": lambda op: op.header.update(kid="unknown"),
    "no token at all": lambda op: setattr(op, "sign", lambda *_: "no.token"),
    "another issuer": says(iss="https://other.vn"),
    "no issuer": says(iss=None),
    "for another client": says(aud="another"),
    "for us and others, without azp": says(aud=["benh-vien", "another"]),
    "for us, but made for another": says(azp="another"),
    "for nobody": says(aud=None),
    "for an empty list": says(aud=[]),
    "another nonce": says(nonce="another"),
    "no nonce": says(nonce=None),
    "a list of nonces": says(nonce=lambda claims: [claims["nonce"], "another"]),
    "expired": says(exp=lambda claims: claims["iat"] - 61),
    "no end": says(exp=None),
    "an end that is a text": says(exp="never"),
    "of the future": says(iat=lambda claims: claims["iat"] + 120),
    "of another sign-in, by its age": says(iat=lambda claims: claims["iat"] - 700),
    "no age": says(iat=None),
    "not yet": says(nbf=lambda claims: claims["iat"] + 120),
    "no subject": says(sub=None),
    "an empty subject": says(sub=""),
    "a subject that is a number": says(sub=7),
    "a subject without an end": says(sub="a" * 256),
    "userinfo of another subject": lambda op: setattr(op, "told", lambda c: c | {"sub": "tu"}),
    "userinfo of nobody": lambda op: setattr(op, "told", lambda _: {"SoDinhDanh": LAN}),
    "two citizen ids": says(SoDinhDanh="046047000012"),
    "no birth date": lambda op: op.account.pop("NgayThangNamSinh"),
    "a birth date that never was": lambda op: op.account.update(NgayThangNamSinh="19850230"),
}


@pytest.mark.parametrize("fault", UNBELIEVABLE)
async def test_what_cannot_be_believed_opens_nothing(
    hub: AsyncClient, op: OpenIdProvider, database: Database, fault: str
) -> None:
    UNBELIEVABLE[fault](op)

    answer = await sign_in_with_vneid(hub)

    assert is_problem(answer, 401, "vneid_begin_again")
    assert await sessions(database) == []
    assert await database.owner.fetchval("SELECT count(*) FROM vneid_sign_in") == 0


@pytest.mark.parametrize(
    "bend",
    [says(aud=["benh-vien"]), says(aud=["benh-vien", "another"], azp="benh-vien"),
     says(exp=lambda claims: claims["iat"] - 50), says(iat=lambda claims: claims["iat"] + 50),
     lambda op: op.keys.update(first=an_rsa_key()),
     lambda op: (op.keys.update(first=an_rsa_key()), op.header.update(alg="PS256"))],
    ids=["a list of us", "azp is us", "skew of the end", "skew of the age", "RS256", "PS256"],
)  # fmt: skip
async def test_what_can_be_believed_opens_a_session(
    hub: AsyncClient, op: OpenIdProvider, bend: Bend
) -> None:
    bend(op)

    tokens_of(await sign_in_with_vneid(hub))
