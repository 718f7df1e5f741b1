"""Two API processes are one hub: what one ends the other refuses, also while Redis is away."""

import asyncio
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from httpx import AsyncClient
from redis.asyncio import Redis

from backend.auth.access import access_tokens
from backend.auth.sessions import refresh_tokens
from backend.core.crypto.key_ring import LIVE, ring_of
from backend.core.crypto.keys import _held, use_ring
from backend.core.crypto.sealing import secret_hash
from backend.core.database import new_id
from backend.core.subprocesses import end, start
from backend.sandbox.demo.whole_hub import WholeHub, whole_hub
from conformance.callers import make_callers
from tests.api.conftest import is_problem
from tests.harness.auth.prover import PUBLIC_URL, Prover
from tests.harness.auth.reaching import Reach, store_reach
from tests.harness.auth.steps import Tokens, tokens_of

pytestmark = pytest.mark.processes

ME = "/v1/patients/me"
SESSIONS = "/v1/me/sessions"
PUSH_TOKEN = "/v1/me/devices/current/push-token"


@dataclass
class TwoApis:
    hub: WholeHub
    owner: asyncpg.Connection
    first: AsyncClient
    second: AsyncClient

    async def signed_in(self, phone: Prover, patient: UUID) -> Tokens:
        """Store a session of this phone's app, as a sign-in would."""
        session, device = new_id(), new_id()
        refresh = refresh_tokens.make_token(session, 0)
        await self.owner.execute("INSERT INTO device (id, platform) VALUES ($1, 'ios')", device)
        await self.owner.execute(
            "INSERT INTO session (id, device, key_thumbprint, expires_at, refresh_hash)"
            " VALUES ($1, $2, $3, now() + interval '1 day', $4)",
            session, device, phone.thumbprint, secret_hash(refresh),
        )  # fmt: skip
        await store_reach(self.owner, session, Reach(patient))
        return Tokens(access_tokens.issue(session, phone.thumbprint), refresh, 600, "DPoP", "otp")


async def until_ready(client: AsyncClient) -> AsyncClient:
    async with asyncio.timeout(30):
        assert (await client.get("/health/ready")).status_code == 200
    return client


@pytest.fixture(scope="module")
async def apis() -> AsyncIterator[TwoApis]:
    folder = Path(tempfile.mkdtemp(prefix="hub-two-"))
    settings = {
        "HUB_MASTER_KEYS": os.environ["HUB_MASTER_KEYS"], "HUB_PUBLIC_URL": PUBLIC_URL,
        "HUB_REQUIRE_DPOP": "true",
    }  # fmt: skip
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        hub = await stack.enter_async_context(whole_hub(folder, workers=0, settings=settings))
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        second = await start(
            ["api", "--fd", str(listening.fileno())], hub.environment,
            log=folder / "second.log", inherited=[listening.fileno()],
        )  # fmt: skip
        stack.push_async_callback(end, second)
        owner = await asyncpg.connect(hub.engines.database_url("postgres"))
        stack.push_async_callback(owner.close)
        if _held.ring is not None:
            stack.callback(use_ring, _held.ring)
        use_ring(ring_of(await owner.fetch(LIVE)))
        addresses = (hub.api_url, f"http://127.0.0.1:{listening.getsockname()[1]}")
        clients = [
            await stack.enter_async_context(AsyncClient(base_url=each, timeout=30))
            for each in addresses
        ]
        yield TwoApis(hub, owner, *[await until_ready(each) for each in clients])


@pytest.fixture(scope="module")
async def patient(apis: TwoApis) -> UUID:
    await make_callers(apis.owner)
    found: UUID = await apis.owner.fetchval("SELECT id FROM patient")
    return found


@pytest.fixture
def phone(apis: TwoApis) -> Prover:
    return Prover(apis.first)


@pytest.fixture
async def lan(apis: TwoApis, phone: Prover, patient: UUID) -> Tokens:
    signed_in = await apis.signed_in(phone, patient)
    assert (await phone.send("GET", ME, signed_in)).status_code == 200
    return signed_in


async def revoked_on_one_is_refused_by_the_other(apis: TwoApis, patient: UUID) -> None:
    lost, kept = Prover(apis.second), Prover(apis.first)
    lan_lost, lan = await apis.signed_in(lost, patient), await apis.signed_in(kept, patient)
    assert (await lost.send("GET", ME, lan_lost)).status_code == 200
    session = access_tokens.verify(lan_lost.access_token).session

    ended = await kept.send("DELETE", f"{SESSIONS}/{session}", lan)

    assert ended.status_code == 204
    assert is_problem(await lost.send("GET", ME, lan_lost), 401, "not_signed_in")
    pushed = await lost.send("PUT", PUSH_TOKEN, lan_lost, {"token": "t"})
    assert is_problem(pushed, 401, "not_signed_in")
    assert (await lost.refresh(lan_lost)).status_code == 401


async def test_a_session_ended_on_one_is_refused_by_the_other_on_its_next_request(
    apis: TwoApis, patient: UUID
) -> None:
    await revoked_on_one_is_refused_by_the_other(apis, patient)


async def test_a_proof_used_on_one_is_used_on_the_other(
    apis: TwoApis, phone: Prover, lan: Tokens
) -> None:
    refused = await phone.send_once("GET", ME, lan)
    phone.nonce = refused.headers.get("dpop-nonce", "")
    reading = phone.proof("GET", ME, lan.access_token)
    writing = phone.proof("PUT", PUSH_TOKEN, lan.access_token)
    assert (await phone.show("GET", ME, reading, lan)).status_code == 200
    assert (await phone.show("PUT", PUSH_TOKEN, writing, lan, {"token": "t"})).status_code == 204

    phone.client = apis.second
    read_again = await phone.show("GET", ME, reading, lan)
    written_again = await phone.show("PUT", PUSH_TOKEN, writing, lan, {"token": "t"})

    assert is_problem(read_again, 401, "invalid_dpop_proof")
    assert is_problem(written_again, 401, "invalid_dpop_proof")


async def test_of_twenty_refreshes_over_both_there_is_one_successor(
    apis: TwoApis, phone: Prover, lan: Tokens
) -> None:
    elsewhere = Prover(apis.second, phone.key)

    answers = await asyncio.gather(
        *(each.refresh(lan) for _ in range(10) for each in (phone, elsewhere))
    )

    successors = {tokens_of(each).refresh_token for each in answers}
    generation = await apis.owner.fetchval(
        "SELECT refresh_generation FROM session WHERE id = $1",
        access_tokens.verify(lan.access_token).session,
    )
    assert (len(successors), generation) == (1, 1)
    assert (await elsewhere.refresh(lan)).json()["refreshToken"] in successors


async def test_after_a_flushall_both_want_a_nonce_for_what_is_older(
    apis: TwoApis, phone: Prover, lan: Tokens
) -> None:
    elsewhere = Prover(apis.second, phone.key)
    proofs = [phone.proof("GET", ME, lan.access_token) for _ in range(2)]

    async with Redis.from_url(apis.hub.engines.redis_url) as valkey:
        await valkey.flushall()

    for each, proof in zip((phone, elsewhere), proofs, strict=True):
        assert is_problem(await each.show("GET", ME, proof, lan), 401, "use_dpop_nonce")
        assert (await each.send("GET", ME, lan)).status_code == 200


async def test_with_redis_stopped_all_of_it_still_holds(
    apis: TwoApis, phone: Prover, lan: Tokens, patient: UUID
) -> None:
    """The last test of this file: nobody starts Redis again."""
    elsewhere = Prover(apis.second, phone.key)
    writing = phone.proof("PUT", PUSH_TOKEN, lan.access_token)

    os.kill(apis.hub.engines.redis_pid, signal.SIGKILL)

    for each in (phone, elsewhere):
        assert is_problem(await each.send_once("GET", ME, lan), 401, "use_dpop_nonce")
        assert (await each.send("GET", ME, lan)).status_code == 200
    assert (await phone.show("PUT", PUSH_TOKEN, writing, lan, {"token": "t"})).status_code == 204
    again = await elsewhere.show("PUT", PUSH_TOKEN, writing, lan, {"token": "t"})
    assert is_problem(again, 401, "invalid_dpop_proof")
    await revoked_on_one_is_refused_by_the_other(apis, patient)
