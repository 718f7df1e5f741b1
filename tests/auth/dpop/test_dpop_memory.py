"""A proof works once, whatever becomes of Redis: flushed, stopped or back again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.dpop.nonces import now_ms
from backend.auth.dpop.proofs import InvalidProof, Proof
from backend.auth.dpop.replay import use_up
from backend.auth.retention import purge_expired
from backend.auth.rules import PROOF_AHEAD, PROOF_REMEMBERED
from backend.core.database import new_id
from backend.core.redis import close_redis, open_redis, redis
from tests.api.conftest import is_problem
from tests.conftest import Database, Travel
from tests.harness.auth.prover import Prover
from tests.harness.auth.steps import LAN, Tokens, lan_is_registered

ME = "/v1/patients/me"
PUSH_TOKEN = "/v1/me/devices/current/push-token"
A_TOKEN = {"token": "phone-of-lan"}


@pytest.fixture
async def phone(client: AsyncClient, database: Database) -> Prover:
    await lan_is_registered(database)
    return Prover(client)


@pytest.fixture
async def lan(phone: Prover, database: Database) -> Tokens:
    tokens = await phone.sign_in(database, LAN)
    assert (await phone.send("GET", ME, tokens)).status_code == 200  # Redis remembers from now on
    return tokens


@pytest.fixture
async def redis_is_away(database: Database, lan: Tokens) -> AsyncIterator[None]:
    await close_redis()
    open_redis("redis://127.0.0.1:1")
    yield
    await close_redis()
    open_redis(database.servers.redis_url)


async def test_a_proof_of_a_reading_works_once(
    phone: Prover, lan: Tokens, time_moves: Travel
) -> None:
    async with time_moves(PROOF_AHEAD * 2):  # the memory is older than this proof
        proof = phone.proof("GET", ME, lan.access_token)

        first = await phone.show("GET", ME, proof, lan)
        second = await phone.show("GET", ME, proof, lan)

    assert first.status_code == 200
    assert is_problem(second, 401, "invalid_dpop_proof")


async def test_a_proof_that_is_shown_many_times_at_once_works_once(
    phone: Prover, lan: Tokens, time_moves: Travel
) -> None:
    async with time_moves(PROOF_AHEAD * 2):
        one, other = (phone.proof("GET", ME, lan.access_token) for _ in range(2))

        answers = await asyncio.gather(
            *(phone.show("GET", ME, proof, lan) for proof in [one, other] * 5)
        )

    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200, 200, *[401] * 8]
    assert {answers[n].status_code for n in (0, 1)} == {200}


async def test_who_hangs_up_takes_nobody_along(lan: Tokens) -> None:
    at = now_ms() + 1_000
    leaves, stays = (Proof("key", str(new_id()), "", at, with_nonce=False) for _ in range(2))
    asked = [asyncio.create_task(use_up(proof, "GET")) for proof in (leaves, stays, stays)]
    await asyncio.sleep(0)

    asked[0].cancel()
    answers = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(answer) for answer in answers] == [
        asyncio.CancelledError, type(None), InvalidProof,
    ]  # fmt: skip
    with pytest.raises(InvalidProof):
        await use_up(leaves, "GET")


async def test_a_proof_of_a_write_works_once(phone: Prover, lan: Tokens) -> None:
    proof = phone.proof("PUT", PUSH_TOKEN, lan.access_token)

    first = await phone.show("PUT", PUSH_TOKEN, proof, lan, A_TOKEN)
    second = await phone.show("PUT", PUSH_TOKEN, proof, lan, A_TOKEN)

    assert first.status_code == 204
    assert is_problem(second, 401, "invalid_dpop_proof")


async def test_two_keys_may_have_chosen_the_same_id(client: AsyncClient, phone: Prover) -> None:
    path, body, other = "/v1/sign-in/refresh", {"refreshToken": "none"}, Prover(client)

    answers = [
        await each.show("POST", path, each.proof("POST", path, jti="the-same-id"), body=body)
        for each in (phone, other, phone)
    ]

    assert [each.json()["code"] for each in answers] == [
        "not_signed_in", "not_signed_in", "invalid_dpop_proof",
    ]  # fmt: skip


async def test_after_a_flushall_older_proofs_come_again_with_a_nonce(
    phone: Prover, lan: Tokens, time_moves: Travel
) -> None:
    async with time_moves(PROOF_AHEAD * 2):
        used, unused = (phone.proof("GET", ME, lan.access_token) for _ in range(2))
        assert (await phone.show("GET", ME, used, lan)).status_code == 200

        await redis().flushall()
        replayed = await phone.show("GET", ME, used, lan)
        not_yet_used = await phone.show("GET", ME, unused, lan)
        with_nonce = await phone.send("GET", ME, lan)

    assert is_problem(replayed, 401, "use_dpop_nonce")
    assert is_problem(not_yet_used, 401, "use_dpop_nonce")
    assert with_nonce.status_code == 200


async def test_a_flushall_brings_no_proof_with_a_nonce_back(phone: Prover, lan: Tokens) -> None:
    await redis().flushall()
    refused = await phone.send_once("GET", ME, lan)
    phone.nonce = refused.headers["dpop-nonce"]
    used = phone.proof("GET", ME, lan.access_token)
    assert (await phone.show("GET", ME, used, lan)).status_code == 200
    assert is_problem(await phone.show("GET", ME, used, lan), 401, "invalid_dpop_proof")

    await redis().flushall()

    assert is_problem(await phone.show("GET", ME, used, lan), 401, "use_dpop_nonce")


async def test_soon_after_a_flushall_a_proof_needs_no_nonce_any_more(
    phone: Prover, lan: Tokens, time_moves: Travel
) -> None:
    await redis().flushall()
    await phone.send("GET", ME, lan)

    async with time_moves(PROOF_AHEAD + timedelta(seconds=2)):
        assert (await phone.send_once("GET", ME, lan)).status_code == 200


async def test_a_flushall_brings_no_used_write_back(phone: Prover, lan: Tokens) -> None:
    proof = phone.proof("PUT", PUSH_TOKEN, lan.access_token)
    assert (await phone.show("PUT", PUSH_TOKEN, proof, lan, A_TOKEN)).status_code == 204

    await redis().flushall()

    answer = await phone.show("PUT", PUSH_TOKEN, proof, lan, A_TOKEN)
    assert is_problem(answer, 401, "invalid_dpop_proof")


async def test_without_redis_a_reading_needs_a_nonce(
    phone: Prover, lan: Tokens, redis_is_away: None
) -> None:
    refused = await phone.send_once("GET", ME, lan)

    assert is_problem(refused, 401, "use_dpop_nonce")
    assert (await phone.send("GET", ME, lan)).status_code == 200


async def test_without_redis_a_write_works_once_and_needs_no_nonce(
    phone: Prover, lan: Tokens, redis_is_away: None
) -> None:
    proof = phone.proof("PUT", PUSH_TOKEN, lan.access_token)

    first = await phone.show("PUT", PUSH_TOKEN, proof, lan, A_TOKEN)
    second = await phone.show("PUT", PUSH_TOKEN, proof, lan, A_TOKEN)

    assert first.status_code == 204
    assert is_problem(second, 401, "invalid_dpop_proof")


async def test_a_write_used_while_redis_was_away_stays_used(
    phone: Prover, lan: Tokens, redis_is_away: None, database: Database
) -> None:
    proof = phone.proof("PUT", PUSH_TOKEN, lan.access_token)
    await phone.show("PUT", PUSH_TOKEN, proof, lan, A_TOKEN)

    await close_redis()
    open_redis(database.servers.redis_url)

    answer = await phone.show("PUT", PUSH_TOKEN, proof, lan, A_TOKEN)
    assert is_problem(answer, 401, "invalid_dpop_proof")


async def test_used_proofs_are_forgotten_when_they_are_too_old_anyway(
    lan: Tokens, database: Database, time_moves: Travel
) -> None:
    count = "SELECT count(*) FROM used_proof"
    async with database.as_worker():
        await purge_expired()
    assert await database.owner.fetchval(count) == 2  # asked for a code, and showed it

    async with time_moves(PROOF_REMEMBERED + timedelta(seconds=1)), database.as_worker():
        await purge_expired()

    assert await database.owner.fetchval(count) == 0
