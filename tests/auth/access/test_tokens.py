"""Access tokens: nothing that only looks like one of ours opens an endpoint."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from httpx import AsyncClient

from backend.api.request_bodies import kind_for
from backend.auth.access import access_tokens
from backend.auth.access.gate import NotSignedIn
from backend.auth.access.guards import signed_in
from backend.core.crypto.keys import signing_key
from conformance.callers import every_endpoint, make_callers
from tests.conftest import Database, Travel
from tests.harness.auth.forged_tokens import (
    EVERY_FORGERY,
    SESSION,
    aimed_at,
    signed,
    with_another_spelling,
)
from tests.harness.auth.steps import LAN, a_person, citizen, hospital_says, sign_in
from tests.harness.makers import a_facility
from tests.harness.routes import api_to_read

PATIENTS_ENDPOINTS = {
    endpoint.name: endpoint
    for endpoint in every_endpoint(api_to_read())
    if endpoint.guard is signed_in
}


def test_our_own_token_says_who_and_which_session() -> None:
    access = access_tokens.verify(access_tokens.issue(SESSION))

    assert access.session == SESSION
    assert access_tokens.verify(signed()).session == SESSION


@pytest.mark.parametrize("forge", EVERY_FORGERY.values(), ids=EVERY_FORGERY.keys())
def test_what_only_looks_like_a_token_opens_nothing(forge: Callable[[], str]) -> None:
    with pytest.raises(NotSignedIn):
        access_tokens.verify(forge())


async def test_a_token_lives_ten_minutes_also_in_memory(
    database: Database, time_moves: Travel
) -> None:
    token = access_tokens.issue(SESSION)
    access_tokens.verify(token)

    async with time_moves(timedelta(seconds=590)):
        assert access_tokens.verify(token).session == SESSION
    async with time_moves(timedelta(seconds=601)):
        with pytest.raises(NotSignedIn):
            access_tokens.verify(token)


def test_the_memory_of_tokens_has_an_end() -> None:
    verified = access_tokens._Verified()

    for n in range(access_tokens.REMEMBERED + 5):
        verified.put(str(n), access_tokens.Access(SESSION, 0.0, signing_key().name))

    assert len(verified.tokens) == access_tokens.REMEMBERED


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "},
        {"Authorization": "Basic bGFuOmxhbg=="}, {"Authorization": "Bearer nonsense"},
        [("Authorization", "Bearer a"), ("Authorization", "Bearer b")],
    ],
)  # fmt: skip
async def test_without_a_token_every_endpoint_stays_shut(client: AsyncClient, headers: Any) -> None:
    for path in ("/v1/patients/me", "/v1/me/devices"):
        answer = await client.get(path, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_a_refresh_token_is_no_access_token(client: AsyncClient, database: Database) -> None:
    await hospital_says(a_person(), await a_facility(database))
    lan = await sign_in(client, database)

    answer = await client.get(
        "/v1/me/devices", headers={"Authorization": f"Bearer {lan.refresh_token}"}
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


@pytest.mark.parametrize("name", PATIENTS_ENDPOINTS)
async def test_no_forgery_opens_any_endpoint_of_a_patient(
    database: Database, client: AsyncClient, name: str
) -> None:
    """Aimed at a session that lives: only what is forged can be what it is refused for."""
    endpoint, callers = PATIENTS_ENDPOINTS[name], await make_callers(database.owner)
    lives = jwt.decode(callers.patient_token, options={"verify_signature": False})
    kind, body = max(kind_for(endpoint.path).media_types), b"{}" if endpoint.takes_a_body else b""

    async def knock(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        answer = await client.request(
            endpoint.method, endpoint.address(), headers=headers, content=body
        )
        return answer.status_code

    with aimed_at(lives["sid"]):
        answers = {
            what: await knock(token)
            for what, forge in EVERY_FORGERY.items()
            if (token := forge()).isascii() and "\n" not in token
        }
        good = await knock(signed())

    assert {what: status for what, status in answers.items() if status != 401} == {}
    assert good != 401


async def test_no_copy_of_an_ended_sessions_token_opens_anything(
    client: AsyncClient, database: Database
) -> None:
    await hospital_says(a_person(), await a_facility(database))
    lan = await sign_in(client, database)
    token = lan.access_token
    assert (await client.get("/v1/me/devices", headers=lan.bearer)).status_code == 200

    assert (await client.post("/v1/sign-out", headers=lan.bearer)).status_code == 204

    for copy in (token, f"{token}=", f"{token}==", f" {token} ", with_another_spelling(token)):
        headers = {"Authorization": f"Bearer {copy}"}
        assert (await client.get("/v1/me/devices", headers=headers)).status_code == 401
