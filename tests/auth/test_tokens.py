"""Access tokens: nothing that only looks like one of ours opens a door."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from httpx import AsyncClient

from backend.auth import tokens
from backend.auth.gate import NotSignedIn
from backend.clock import now
from backend.database import new_id
from backend.keys import signing_key
from backend.settings import load_settings
from tests.auth.steps import LAN, a_person, citizen, hospital_says, sign_in
from tests.conftest import Database, Travel
from tests.makers import a_facility

SESSION, PATIENT = new_id(), new_id()

Change = dict[str, Any]


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def claims(**changes: Any) -> Change:
    issued = int(now().timestamp())
    good = {
        "iss": load_settings().public_url, "aud": "patient-hub", "sub": str(PATIENT),
        "sid": str(SESSION), "jti": str(new_id()), "iat": issued, "exp": issued + 600,
        "token_use": "access",
    }  # fmt: skip
    return {key: value for key, value in (good | changes).items() if value is not None}


def signed(header: Change | None = None, **changes: Any) -> str:
    """A token signed with the hub's own key, whatever else is wrong with it."""
    key = signing_key()
    headers = {"kid": key.name, "typ": "at+jwt"} | (header or {})
    return jwt.encode(claims(**changes), key.signing, algorithm="EdDSA", headers=headers)


def without_signature() -> str:
    header = {"alg": "none", "typ": "at+jwt", "kid": signing_key().name}
    return f"{part(header)}.{part(claims())}."


def signed_with_the_public_key_as_a_secret() -> str:
    public = signing_key().signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    headers = {"kid": signing_key().name, "typ": "at+jwt"}
    return jwt.PyJWS().encode(
        json.dumps(claims()).encode(), public, algorithm="HS256", headers=headers
    )


def signed_by_somebody_else() -> str:
    headers = {"kid": signing_key().name, "typ": "at+jwt"}
    return jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=headers)


def with_its_own_key_inside() -> str:
    own = Ed25519PrivateKey.generate()
    raw = own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    headers = {
        "kid": signing_key().name, "typ": "at+jwt", "jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}
    }  # fmt: skip
    return jwt.encode(claims(), own, algorithm="EdDSA", headers=headers)


def changed_after_signing() -> str:
    head, _, proof = signed().split(".")
    return f"{head}.{part(claims(sub=str(new_id())))}.{proof}"


FORGED: dict[str, Callable[[], str]] = {
    "alg none": without_signature,
    "HS256 with our public key": signed_with_the_public_key_as_a_secret,
    "another key": signed_by_somebody_else,
    "a key of its own inside": with_its_own_key_inside,
    "changed": changed_after_signing,
    "unknown kid": lambda: signed({"kid": "elsewhere"}),
    "no kid": lambda: signed({"kid": ""}),
    "kid as path": lambda: signed({"kid": "../../etc/passwd"}),
    "typ JWT": lambda: signed({"typ": "JWT"}),
    "typ missing": lambda: signed({"typ": None}),
    "a refresh token by name": lambda: signed(token_use="refresh"),
    "other issuer": lambda: signed(iss="https://elsewhere.test"),
    "other audience": lambda: signed(aud="staff"),
    "a list of audiences": lambda: signed(aud=["patient-hub", "staff"]),
    "over": lambda: signed(exp=int(now().timestamp()) - 1),
    "not yet": lambda: signed(iat=int(now().timestamp()) + 3600),
    "empty sub": lambda: signed(sub=""),
    "sub with NUL": lambda: signed(sub=f"{PATIENT}\0"),
    "sub in capitals": lambda: signed(sub=str(PATIENT).upper()),
    "sub in braces": lambda: signed(sub=f"{{{PATIENT}}}"),
    "sid not an id": lambda: signed(sid="me"),
    "sid a number": lambda: signed(sid=7),
    "200 kB": lambda: signed(more="x" * 200_000),
    "empty": lambda: "",
    "dots": lambda: "...",
    "not ASCII": lambda: "ệ.ệ.ệ",
    **{f"no {claim}": lambda claim=claim: signed(**{claim: None})  # type: ignore[misc]  # a bound default
       for claim in tokens.CLAIMS},
}  # fmt: skip


def test_our_own_token_says_who_and_which_session() -> None:
    access = tokens.verify(tokens.issue(SESSION, PATIENT))

    assert (access.session, access.patient) == (SESSION, PATIENT)
    assert tokens.verify(signed()).patient == PATIENT


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_what_only_looks_like_a_token_opens_nothing(forge: Callable[[], str]) -> None:
    with pytest.raises(NotSignedIn):
        tokens.verify(forge())


async def test_a_token_lives_ten_minutes_also_in_memory(
    database: Database, time_moves: Travel
) -> None:
    token = tokens.issue(SESSION, PATIENT)
    tokens.verify(token)

    async with time_moves(timedelta(seconds=590)):
        assert tokens.verify(token).session == SESSION
    async with time_moves(timedelta(seconds=601)):
        with pytest.raises(NotSignedIn):
            tokens.verify(token)


def test_the_memory_of_tokens_has_an_end() -> None:
    verified = tokens._Verified()

    for n in range(tokens.REMEMBERED + 5):
        verified.put(str(n), tokens.Access(SESSION, PATIENT, 0.0, signing_key().name))

    assert len(verified.tokens) == tokens.REMEMBERED


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
        {"Authorization": "Basic bGFuOmxhbg=="}, {"Authorization": "Bearer nonsense"},
        [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
    ],
)  # fmt: skip
async def test_without_a_token_every_door_stays_shut(client: AsyncClient, headers: Any) -> None:
    for path in ("/v1/patients/me", "/v1/me/devices"):
        answer = await client.get(path, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_a_refresh_token_is_no_access_token(client: AsyncClient, database: Database) -> None:
    await hospital_says(a_person(), await a_facility(database))
    signed_in = await sign_in(client, database)

    answer = await client.get(
        "/v1/me/devices", headers={"Authorization": f"Bearer {signed_in.refresh_token}"}
    )

    assert answer.status_code == 401


async def test_anothers_profile_is_not_there(client: AsyncClient, database: Database) -> None:
    facility = await a_facility(database)
    await hospital_says(a_person(citizen(LAN)), facility)
    other = await hospital_says(a_person(citizen("001153000001"), mobile="0966666666"), facility)
    lan = await sign_in(client, database)

    answers = [
        await client.get(f"/v1/patients/{patient}", headers=lan.bearer)
        for patient in (other.patient, UUID(int=0), "nobody", "ME")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
