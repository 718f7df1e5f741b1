"""A stolen token alone opens nothing: each request proves the key the token is bound to."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from backend.auth.dpop import nonces
from backend.auth.dpop import proofs as dpop
from backend.auth.rules import NONCE_LIFETIME, PROOF_AHEAD, PROOF_LIFETIME
from backend.core.clock import now
from backend.core.settings import load_settings
from tests.api.conftest import is_problem
from tests.conftest import Database, Travel
from tests.harness.auth.prover import P256, PUBLIC_URL, Ed25519, Ed25519ByItsName, Prover
from tests.harness.auth.steps import (
    LAN,
    PHONE,
    another_challenge,
    code_arrives,
    lan_is_registered,
    phone_of,
    show,
    sign_in,
    tokens_of,
)

ME = "/v1/patients/me"
PUSH_TOKEN = "/v1/me/devices/current/push-token"


@pytest.fixture
def dpop_is_required() -> Iterator[None]:
    os.environ["HUB_REQUIRE_DPOP"] = "true"
    load_settings.cache_clear()
    yield
    os.environ["HUB_REQUIRE_DPOP"] = "false"
    load_settings.cache_clear()


@pytest.fixture
async def phone(client: AsyncClient, database: Database) -> Prover:
    await lan_is_registered(database)
    return Prover(client)


@pytest.mark.parametrize("key", [P256, Ed25519, Ed25519ByItsName])
async def test_a_session_is_bound_to_the_key_it_was_opened_with(
    phone: Prover, database: Database, key: type[P256 | Ed25519]
) -> None:
    phone.key = key()

    lan = await phone.sign_in(database, LAN)

    assert (lan.token_type, lan.level) == ("DPoP", "otp")
    bound = await database.owner.fetchval("SELECT key_thumbprint FROM session")
    assert bound == phone.thumbprint
    assert (await phone.send("GET", ME, lan)).status_code == 200
    assert (await phone.send("PUT", PUSH_TOKEN, lan, {"token": "t"})).status_code == 204
    assert (await phone.refresh(lan)).status_code == 200


async def test_a_stolen_token_without_its_key_opens_nothing(
    phone: Prover, database: Database
) -> None:
    lan = await phone.sign_in(database, LAN)
    other = Prover(phone.client)
    with_scheme = {"Authorization": f"DPoP {lan.access_token}"}

    as_bearer = await phone.client.get(ME, headers=lan.bearer)
    without_proof = await phone.client.get(ME, headers=with_scheme)
    of_another_key = await other.send("GET", ME, lan)
    both = await phone.client.get(ME, headers={**lan.bearer, "DPoP": phone.proof("GET", ME)})

    assert is_problem(as_bearer, 401, "not_signed_in")
    assert as_bearer.headers["www-authenticate"] == (
        'Bearer realm="patient", error="invalid_token",'
        ' DPoP realm="patient", algs="ES256 Ed25519 EdDSA"'
    )
    assert is_problem(without_proof, 401, "invalid_dpop_proof")
    assert 'DPoP error="invalid_dpop_proof"' in without_proof.headers["www-authenticate"]
    assert is_problem(of_another_key, 401, "invalid_dpop_proof")
    assert is_problem(both, 401, "not_signed_in")


async def test_a_bearer_token_shown_as_a_bound_one_is_refused(
    phone: Prover, database: Database
) -> None:
    lan = await sign_in(phone.client, database)

    assert is_problem(await phone.send("GET", ME, lan), 401, "not_signed_in")
    assert (await phone.client.get(ME, headers=lan.bearer)).status_code == 200


NOT_A_PROOF: dict[str, dict[str, Any]] = {
    "of another method": {"htm": "POST"},
    "of a method in other letters": {"htm": "get"},
    "of another path": {"htu": f"{PUBLIC_URL}/v1/patients/you"},
    "of another host": {"htu": f"https://elsewhere.test{ME}"},
    "of another scheme": {"htu": f"http://hub.test{ME}"},
    "of another port": {"htu": f"https://hub.test:8443{ME}"},
    "of a user": {"htu": f"https://lan@hub.test{ME}"},
    "of no address": {"htu": "https://[/"},
    "without a method": {"htm": None},
    "without an address": {"htu": None},
    "without a time": {"iat": None},
    "with a text for a time": {"iat": "now"},
    "of a time that is no number": {"iat": float("nan")},
    "of the end of time": {"iat": 10**400},
    "of before all time": {"iat": -1},
    "without an id": {"jti": None},
    "with an empty id": {"jti": ""},
    "with an endless id": {"jti": "1" * 129},
    "of an address with a slash more": {"htu": f"{PUBLIC_URL}{ME}/"},
    "of an address with two slashes": {"htu": f"{PUBLIC_URL}//v1/patients/me"},
    "of an address that hides a slash": {"htu": f"{PUBLIC_URL}/v1/patients%2Fme"},
    "of an address that hides a slash twice": {"htu": f"{PUBLIC_URL}/v1/patients%252Fme"},
    "of a path in capitals": {"htu": f"{PUBLIC_URL}/V1/patients/me"},
    "of an address with a blank": {"htu": f"{PUBLIC_URL}{ME} "},
    "of an address over two lines": {"htu": f"{PUBLIC_URL}/v1/\npatients/me"},
    "of a port that is none": {"htu": f"https://hub.test:0{ME}"},
    "of an empty user": {"htu": f"https://@hub.test{ME}"},
    "of a path alone": {"htu": ME},
    "without a token's hash": {"ath": None},
    "with another token's hash": {"ath": dpop.token_hash("another")},
    "with a hash that is no text": {"ath": 1},
    "of another type": {"header": {"typ": "JWT"}},
    "with an extension": {"header": {"crit": ["exp"]}},
    "without a key": {"header": {"jwk": None}},
    "with half a key": {"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}},
    "with a key off the curve": {
        "header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}}
    },
    "with a shared secret": {"header": {"jwk": {"kty": "oct", "k": "AA"}}},
    "with another curve": {"header": {"jwk": {"kty": "OKP", "crv": "P-256", "x": "A" * 43}}},
    "with another's key": {"header": {"jwk": P256().jwk}},
    "that is too long": {"more": "x" * dpop.LONGEST},
}


@pytest.mark.parametrize("what", NOT_A_PROOF)
async def test_what_is_no_proof_of_this_request_is_refused(
    phone: Prover, database: Database, what: str
) -> None:
    lan = await phone.sign_in(database, LAN)
    wrong = {"nonce": nonces.make_nonce(), **NOT_A_PROOF[what]}
    proof = phone.proof("GET", ME, lan.access_token, **wrong)

    answer = await phone.show("GET", ME, proof, lan)

    assert is_problem(answer, 401, "invalid_dpop_proof")


async def test_a_proof_that_carries_the_private_key_is_refused(
    phone: Prover, database: Database
) -> None:
    lan = await phone.sign_in(database, LAN)
    told = phone.key.jwk | {"d": "A" * 43}
    proof = phone.proof(
        "GET", ME, lan.access_token, nonce=nonces.make_nonce(), header={"jwk": told}
    )

    assert is_problem(await phone.show("GET", ME, proof, lan), 401, "invalid_dpop_proof")


@pytest.mark.parametrize(
    "proof", ["", "a.b.c", "ünlesbar", "..", "x" * 5000, "W" * 2000, "W1tb" * 500]
)
async def test_what_cannot_be_read_is_refused(
    phone: Prover, database: Database, proof: str
) -> None:
    lan = await phone.sign_in(database, LAN)
    headers = [(b"Authorization", f"DPoP {lan.access_token}".encode()), (b"DPoP", proof.encode())]

    answer = await phone.client.get(ME, headers=headers)

    assert is_problem(answer, 401, "invalid_dpop_proof")


async def test_two_proofs_are_none(phone: Prover, database: Database) -> None:
    lan = await phone.sign_in(database, LAN)
    proofs = [("DPoP", phone.proof("GET", ME, lan.access_token)) for _ in range(2)]

    answer = await phone.client.get(
        ME, headers=[("Authorization", f"DPoP {lan.access_token}"), *proofs]
    )

    assert is_problem(answer, 401, "invalid_dpop_proof")


@pytest.mark.parametrize("late", [PROOF_LIFETIME + timedelta(seconds=2), -PROOF_AHEAD * 2])
async def test_a_phone_whose_clock_is_wrong_needs_a_nonce_and_comes_in_with_it(
    phone: Prover, database: Database, late: timedelta
) -> None:
    lan = await phone.sign_in(database, LAN)
    await phone.send("GET", ME, lan)  # Redis remembers from now on
    shown = int((now() - late).timestamp())

    refused = await phone.show("GET", ME, phone.proof("GET", ME, lan.access_token, iat=shown), lan)
    nonce = refused.headers["dpop-nonce"]
    proof = phone.proof("GET", ME, lan.access_token, iat=shown, nonce=nonce)

    assert is_problem(refused, 401, "use_dpop_nonce")
    assert (await phone.show("GET", ME, proof, lan)).status_code == 200


async def test_a_nonce_is_good_for_a_minute_and_only_ours(
    phone: Prover, database: Database, time_moves: Travel
) -> None:
    lan = await phone.sign_in(database, LAN)
    old = nonces.make_nonce()

    async with time_moves(NONCE_LIFETIME + timedelta(seconds=1)):
        for nonce in (old, "", "x", "A" * 30, "é", "A" * 200, nonces.make_nonce()[:-4] + "AAAA"):
            proof = phone.proof("GET", ME, lan.access_token, nonce=nonce)
            refused = await phone.show("GET", ME, proof, lan)

            assert is_problem(refused, 401, "use_dpop_nonce")


async def test_a_code_opens_a_session_only_with_the_key_it_was_asked_for_with(
    phone: Prover, database: Database
) -> None:
    thief = Prover(phone.client)
    asked = await phone.send(
        "POST", "/v1/sign-in/codes", body={"citizenId": LAN, "phone": await phone_of(LAN)}
    )
    challenge = UUID(asked.json()["challengeId"])
    code = await code_arrives(database, challenge)
    body = {"challengeId": str(challenge), "code": code, "device": PHONE}

    of_another_key = await thief.send("POST", "/v1/sign-in/sessions", body=body)
    without_a_key = await show(phone.client, challenge, code)
    own = await phone.send("POST", "/v1/sign-in/sessions", body=body)

    assert is_problem(of_another_key, 401, "wrong_code")
    assert is_problem(without_a_key, 401, "wrong_code")
    assert own.status_code == 201


async def test_where_dpop_is_required_nobody_signs_in_without_a_proof(
    phone: Prover, database: Database, dpop_is_required: None
) -> None:
    assert is_problem(await another_challenge(phone.client, LAN), 401, "invalid_dpop_proof")
    assert await database.owner.fetchval("SELECT count(*) FROM sign_in_challenge") == 0

    lan = await phone.sign_in(database, LAN)

    assert (await phone.send("GET", ME, lan)).status_code == 200


async def test_where_dpop_becomes_required_bearer_sessions_are_over(
    phone: Prover, database: Database, request: pytest.FixtureRequest
) -> None:
    lan = await sign_in(phone.client, database)

    request.getfixturevalue("dpop_is_required")

    assert is_problem(await phone.client.get(ME, headers=lan.bearer), 401, "not_signed_in")
    assert is_problem(await phone.refresh(lan), 401, "not_signed_in")


async def test_a_session_without_a_key_stays_one(phone: Prover, database: Database) -> None:
    """A key is given at sign-in: one given later would be that of whoever holds the token."""
    lan = await sign_in(phone.client, database)

    again = tokens_of(await phone.refresh(lan))

    assert again.token_type == "Bearer"
