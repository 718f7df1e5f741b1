"""Two API processes, one truth: a code is used once, counted five times, and limits are shared."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from backend.auth.rules import CODES_PER_ADDRESS
from tests.conftest import Database
from tests.harness.auth.steps import (
    LAN,
    another_phone,
    ask,
    code_arrives,
    lan_is_registered,
    other_than,
    scattered,
    show,
)
from tests.harness.auth.two_apis import TwoApis, serving
from tests.harness.processes.victims import Spawner, spawning


@pytest.fixture(scope="session")
async def spawner() -> AsyncIterator[Spawner]:
    async with spawning() as spawner:
        yield spawner


@pytest.fixture
async def apis(database: Database, spawner: Spawner, tmp_path: Path) -> AsyncIterator[TwoApis]:
    async with serving(database, spawner, tmp_path / "api.log") as two:
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
        "SELECT c.tries, cardinality(a.wrong_at) FROM sign_in_challenge c"
        " JOIN sign_in_pair a ON a.subject_hash = c.subject_hashes[1]"
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
            apis.of(n).post(
                "/v1/sign-in/codes", json={"citizenId": scattered(n), "phone": another_phone(n)}
            )
            for n in range(400)
        )
    )

    assert [answer.status_code for answer in answers].count(202) == CODES_PER_ADDRESS[0].times
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert all(
        int(answer.headers["retry-after"]) > 0 for answer in answers if answer.status_code == 429
    )
