"""Two API processes, one truth: a code is used once, counted five times, and limits are shared."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server

import httpx
import pytest

from backend.auth.rules import CODES_PER_ADDRESS
from backend.keys import make_master_key
from tests.auth.steps import (
    LAN,
    ask,
    code_arrives,
    lan_is_registered,
    other_than,
    scattered,
    show,
)
from tests.conftest import Database
from tests.crash.victims import Spawner, Victim, spawning

AT_ONCE = 40
"""Connections that are open to each API; more would only queue."""


@pytest.fixture(scope="session")
async def spawner() -> AsyncIterator[Spawner]:
    async with spawning() as spawner:
        yield spawner


@dataclass(frozen=True, slots=True)
class TwoApis:
    """Two processes with pools and sockets of their own, behind a proxy on this machine."""

    clients: tuple[httpx.AsyncClient, ...]
    processes: tuple[Victim, ...]

    def of(self, n: int) -> httpx.AsyncClient:
        return self.clients[n % len(self.clients)]


@asynccontextmanager
async def serving(
    database: Database, spawner: Spawner, log: Path, *keys: str
) -> AsyncIterator[TwoApis]:
    """Have one API for each set of master keys."""
    async with AsyncExitStack() as stack:
        clients, processes = [], []
        for each in keys:
            listening = stack.enter_context(create_server(("127.0.0.1", 0), backlog=1024))
            environment = {
                "HUB_DATABASE_URL": database.servers.database_url("hub_api"),
                "HUB_REDIS_URL": database.servers.redis_url,
                "HUB_TRUSTED_PROXIES": "127.0.0.0/8",
                "HUB_POOL_SIZE": "8",
                "HUB_MASTER_KEYS": each,
            }
            process = await spawner.start("api", environment, log, listening)
            stack.push_async_callback(process.end)
            client = httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
                timeout=60,
                limits=httpx.Limits(max_connections=AT_ONCE),
            )
            clients.append(await stack.enter_async_context(client))
            processes.append(process)
        yield TwoApis(tuple(clients), tuple(processes))


@pytest.fixture
async def apis(database: Database, spawner: Spawner, tmp_path: Path) -> AsyncIterator[TwoApis]:
    keys = os.environ["HUB_MASTER_KEYS"]
    async with serving(database, spawner, tmp_path / "api.log", keys, keys) as two:
        yield two


async def guess_from(client: httpx.AsyncClient, challenge: str, code: str, address: str) -> int:
    answer = await client.post(
        "/v1/sign-in/sessions",
        json={"challengeId": challenge, "code": code, "device": {"platform": "ios", "model": "",
                                                                 "name": ""}},
        headers={"X-Forwarded-For": address},
    )  # fmt: skip
    return answer.status_code


async def test_fifty_at_once_with_the_right_code_open_one_session(
    apis: TwoApis, database: Database
) -> None:
    await lan_is_registered(database)
    challenge = await ask(apis.of(0), LAN)
    code = await code_arrives(database, challenge)

    answers = await asyncio.gather(*(show(apis.of(n), challenge, code) for n in range(50)))

    statuses = [answer.status_code for answer in answers]
    assert len({each.pid for each in apis.processes}) == 2
    assert (statuses.count(201), statuses.count(401)) == (1, 49)
    assert await database.owner.fetchval("SELECT count(*) FROM session") == 1


async def test_a_thousand_guesses_from_two_hundred_places_count_five(
    apis: TwoApis, database: Database
) -> None:
    await lan_is_registered(database)
    challenge = await ask(apis.of(0), LAN)
    code = await code_arrives(database, challenge)
    wrong = other_than(code)

    statuses = await asyncio.gather(
        *(
            guess_from(apis.of(n), str(challenge), wrong, f"198.51.100.{n % 200}")
            for n in range(1000)
        )
    )
    right = await show(apis.of(1), challenge, code)

    assert set(statuses) == {401}
    row = await database.owner.fetchrow(
        "SELECT c.tries, a.failures FROM sign_in_challenge c"
        " JOIN sign_in_account a USING (account_hash)"
    )
    places = await database.owner.fetchval(
        "SELECT count(DISTINCT from_where) FROM audit_event WHERE result = 'wrong_code'"
    )
    assert tuple(row) == (5, 5)
    assert places == 200 + 1  # the right code came from this machine itself
    assert right.status_code == 401
    assert await database.owner.fetchval("SELECT count(*) FROM session") == 0


async def test_two_apis_count_one_limit(apis: TwoApis, database: Database) -> None:
    answers = await asyncio.gather(
        *(
            apis.of(n).post("/v1/sign-in/codes", json={"citizenId": scattered(n)})
            for n in range(400)
        )
    )

    assert [answer.status_code for answer in answers].count(202) == CODES_PER_ADDRESS[0].times
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert all(
        int(answer.headers["retry-after"]) > 0 for answer in answers if answer.status_code == 429
    )


async def test_a_new_master_key_forgives_no_wrong_code(
    database: Database, spawner: Spawner, tmp_path: Path
) -> None:
    old = os.environ["HUB_MASTER_KEYS"]
    new = f"{make_master_key('next')},{old}"
    await lan_is_registered(database)

    async with serving(database, spawner, tmp_path / "api.log", old, new) as apis:
        for api in apis.clients:
            challenge = await ask(api, LAN)
            for _ in range(5):
                await show(api, challenge, "000000")

    rows = await database.owner.fetch("SELECT failures FROM sign_in_account")
    assert [row["failures"] for row in rows] == [10]
