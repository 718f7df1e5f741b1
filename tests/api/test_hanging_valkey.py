"""A Valkey that hangs costs one time-out, then nobody asks it until a ping comes back."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import pytest
from httpx import AsyncClient, Response
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as NoAnswer

from backend.core.metrics import REGISTRY
from backend.core.redis import (
    ANSWER_SECONDS,
    AWAY_SECONDS,
    LATE_SECONDS,
    FastStoreAway,
    close_redis,
    heard_on,
    open_redis,
    redis,
)
from tests.api.conftest import is_problem
from tests.conftest import Database
from tests.harness.auth.prover import Prover
from tests.harness.auth.steps import LAN, Tokens, lan_is_registered

ME = "/v1/patients/me"
PUSH_TOKEN = "/v1/me/devices/current/push-token"
A_CODE_PLEASE = {"citizenId": "079185000011", "phone": "0912345678"}
AT_ONCE = 0.0
"""Seconds of pause: the next question after a time-out already starts the ping."""


def timeouts() -> float:
    return REGISTRY.get_sample_value("hub_fast_store_timeouts_total") or 0.0


def says_away() -> float | None:
    return REGISTRY.get_sample_value("hub_fast_store_away")


@pytest.fixture
async def phone(client: AsyncClient, database: Database) -> Prover:
    await lan_is_registered(database)
    return Prover(client)


@pytest.fixture
async def lan(phone: Prover, database: Database) -> Tokens:
    tokens = await phone.sign_in(database, LAN)
    assert (await phone.send("GET", ME, tokens)).status_code == 200
    return tokens


Hang = Callable[[float], Awaitable[None]]


@pytest.fixture
async def hangs(database: Database) -> AsyncIterator[Hang]:
    """Stop the real server without closing its socket, and let it go on at the end."""

    async def stop(pause: float) -> None:
        await close_redis()
        open_redis(database.servers.redis_url, pause)
        os.kill(database.servers.redis_pid, signal.SIGSTOP)

    yield stop
    os.kill(database.servers.redis_pid, signal.SIGCONT)
    await close_redis()
    open_redis(database.servers.redis_url)


async def bound_reading(phone: Prover, tokens: Tokens, nonce: str = "") -> Response:
    shown = {"nonce": nonce} if nonce else {}
    proof = phone.proof("GET", ME, tokens.access_token, **shown)
    return await phone.show("GET", ME, proof, tokens)


async def test_ten_bound_readings_cost_one_time_out_together(
    phone: Prover, lan: Tokens, hangs: Hang
) -> None:
    await hangs(AWAY_SECONDS)
    before = timeouts()

    first = await bound_reading(phone, lan)
    nonce = first.headers["dpop-nonce"]
    others = [await bound_reading(phone, lan, nonce) for _ in range(10)]

    assert is_problem(first, 401, "use_dpop_nonce")
    assert [each.status_code for each in others] == [200] * 10
    assert timeouts() - before == 1
    assert says_away() == 1


async def test_while_it_hangs_a_write_still_works_once_and_codes_are_refused_at_once(
    phone: Prover, lan: Tokens, hangs: Hang
) -> None:
    await hangs(AWAY_SECONDS)
    before = timeouts()
    proof = phone.proof("PUT", PUSH_TOKEN, lan.access_token)

    once, twice = [
        await phone.show("PUT", PUSH_TOKEN, proof, lan, {"token": "a"}) for _ in range(2)
    ]
    codes = [await phone.client.post("/v1/sign-in/codes", json=A_CODE_PLEASE) for _ in range(5)]
    ready = await phone.client.get("/health/ready")

    assert once.status_code == 204
    assert is_problem(twice, 401, "invalid_dpop_proof")
    assert all(is_problem(each, 503, "fast_store_away") for each in codes)
    assert ready.json() == {"database": "here", "fastStore": "away"}
    assert timeouts() - before == 1


async def test_when_it_goes_on_one_ping_closes_the_breaker_again(
    phone: Prover, lan: Tokens, hangs: Hang, database: Database
) -> None:
    await hangs(AT_ONCE)
    assert is_problem(await bound_reading(phone, lan), 401, "use_dpop_nonce")
    os.kill(database.servers.redis_pid, signal.SIGCONT)

    async with asyncio.timeout(20):
        while (await phone.client.get("/health/ready")).json()["fastStore"] == "away":
            pass

    assert says_away() == 0
    assert (await phone.send("GET", ME, lan)).status_code == 200


async def test_a_process_that_slept_does_not_take_redis_for_hanging(database: Database) -> None:
    await close_redis()
    open_redis(database.servers.redis_url)  # a new connection: several questions, one after another
    before = timeouts()
    asked = asyncio.ensure_future(redis().ping())
    await asyncio.sleep(0)

    end = monotonic() + ANSWER_SECONDS + 2 * LATE_SECONDS
    while monotonic() < end:
        pass  # as a long piece of work without an await

    assert await asked
    assert timeouts() == before


class Mute:
    """A server that takes every connection and says one thing to every command, or nothing."""

    def __init__(self, word: bytes) -> None:
        self.word = word
        self.taken = 0
        self.knocked = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taken += 1
        self.knocked.set()
        self._writers.append(writer)
        while asked := await reader.read(4096):
            if self.word:
                writer.write(self.word * max(1, asked.count(b"*")))
        writer.close()

    def close(self) -> None:
        for writer in self._writers:
            writer.close()


@pytest.fixture
async def mute(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Mute]:
    server = Mute(request.param)
    with TemporaryDirectory(prefix="mute-") as folder:
        path = Path(folder) / "mute.sock"
        listening = await asyncio.start_unix_server(server.take, str(path))
        await close_redis()
        open_redis(f"unix://{path}", AT_ONCE)
        yield server
        await close_redis()
        server.close()
        listening.close()
    open_redis(database.servers.redis_url)


@pytest.mark.parametrize("mute", [b""], indirect=True, ids=["never answers"])
async def test_of_fifty_at_once_none_waits_twice_and_then_only_a_ping_asks(mute: Mute) -> None:
    before = timeouts()
    first = await asyncio.gather(*(redis().ping() for _ in range(50)), return_exceptions=True)
    asked = mute.taken
    mute.knocked.clear()

    second = await asyncio.gather(*(redis().ping() for _ in range(50)), return_exceptions=True)

    assert all(isinstance(each, RedisError) for each in first)
    assert all(isinstance(each, FastStoreAway) for each in second)
    await asyncio.wait_for(mute.knocked.wait(), 20)
    assert (asked, mute.taken) == (50, 51)
    assert timeouts() - before == 50


async def test_a_subscription_to_a_silent_server_ends_so_that_another_begins(
    hangs: Hang, database: Database
) -> None:
    heard = heard_on("hub:test", database.servers.redis_url, silent_seconds=0.5)
    first = asyncio.ensure_future(anext(heard))
    while not await redis().publish("hub:test", "there"):
        pass

    assert await first == "there"
    await hangs(AWAY_SECONDS)
    with pytest.raises(NoAnswer):
        await anext(heard)


ERRORS = [
    b"-LOADING the dataset\r\n",
    b"-OOM not allowed\r\n",
    b"-READONLY a replica\r\n",
    b"-MISCONF no snapshots\r\n",
    b"-NOAUTH first\r\n",
]


@pytest.mark.parametrize(
    "mute", ERRORS, indirect=True, ids=[each.decode().split()[0] for each in ERRORS]
)
async def test_one_that_answers_with_errors_is_as_one_that_is_gone(
    client: AsyncClient, mute: Mute
) -> None:
    before = timeouts()

    codes = await client.post("/v1/sign-in/codes", json=A_CODE_PLEASE)
    ready = await client.get("/health/ready")

    assert is_problem(codes, 503, "fast_store_away")
    assert ready.json() == {"database": "here", "fastStore": "away"}
    assert mute.taken > 0
    assert timeouts() == before
