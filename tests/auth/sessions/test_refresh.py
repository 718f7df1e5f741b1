"""A refresh token works once: a lost answer is had again by the same key, and by nobody else."""

import asyncio
from contextvars import Context
from datetime import timedelta

import pytest
from httpx import AsyncClient

from backend.auth.rules import REFRESH_AGAIN_WITHIN
from tests.conftest import Database, Travel
from tests.harness.auth.prover import Prover
from tests.harness.auth.steps import LAN, Tokens, lan_is_registered, sign_in, tokens_of

ME = "/v1/patients/me"
GENERATION = "SELECT refresh_generation FROM session"


@pytest.fixture
async def phone(client: AsyncClient, database: Database) -> Prover:
    await lan_is_registered(database)
    return Prover(client)


@pytest.fixture
async def lan(phone: Prover, database: Database) -> Tokens:
    return await phone.sign_in(database, LAN)


async def told(database: Database) -> list[str]:
    rows = await database.owner.fetch("SELECT kind FROM notification")
    return [row["kind"] for row in rows]


async def test_of_twenty_at_once_all_get_the_one_successor(
    phone: Prover, lan: Tokens, database: Database
) -> None:
    answers = await asyncio.gather(*(phone.refresh(lan) for _ in range(20)))

    assert len({tokens_of(each).refresh_token for each in answers}) == 1
    assert await database.owner.fetchval(GENERATION) == 1
    assert await told(database) == []


async def test_of_twenty_bearers_at_once_one_gets_a_successor_and_the_session_ends(
    client: AsyncClient, phone: Prover, database: Database
) -> None:
    lan = await sign_in(client, database)
    body = {"refreshToken": lan.refresh_token}

    answers = await asyncio.gather(
        *(client.post("/v1/sign-in/refresh", json=body) for _ in range(20))
    )

    assert sorted(each.status_code for each in answers) == [200] + [401] * 19
    assert await database.owner.fetchval(GENERATION) == 1
    assert await told(database) == ["sign_in.refresh_reused"]
    assert (await client.get(ME, headers=lan.bearer)).status_code == 401


@pytest.mark.parametrize(
    ("after", "status"),
    [(REFRESH_AGAIN_WITHIN - timedelta(minutes=1), 200),
     (REFRESH_AGAIN_WITHIN + timedelta(minutes=1), 401)],
)  # fmt: skip
async def test_a_lost_answer_is_had_again_for_a_day(
    phone: Prover, lan: Tokens, time_moves: Travel, after: timedelta, status: int
) -> None:
    lost = tokens_of(await phone.refresh(lan))

    async with time_moves(after):
        again = await phone.refresh(lan)

        assert again.status_code == status
        if status == 200:
            assert tokens_of(again).refresh_token == lost.refresh_token
            assert (await phone.send("GET", ME, tokens_of(again))).status_code == 200
            assert (await phone.refresh(tokens_of(again))).status_code == 200


async def test_once_the_successor_was_used_its_answer_did_arrive(
    phone: Prover, lan: Tokens, database: Database
) -> None:
    second = tokens_of(await phone.refresh(lan))
    third = tokens_of(await phone.refresh(second))

    copied = await phone.refresh(lan)

    assert copied.status_code == 401
    assert (await phone.refresh(third)).status_code == 401
    assert (await phone.send("GET", ME, third)).status_code == 401
    assert await told(database) == ["sign_in.refresh_reused"]


@pytest.mark.parametrize("which", ["the newest", "the one before"])
@pytest.mark.parametrize("whose", ["another key", "no key"])
async def test_a_refresh_token_in_other_hands_ends_the_family_and_the_patient_is_told(
    phone: Prover, lan: Tokens, database: Database, which: str, whose: str
) -> None:
    newest = tokens_of(await phone.refresh(lan))
    stolen = newest if which == "the newest" else lan
    body = {"refreshToken": stolen.refresh_token}

    if whose == "another key":
        answer = await Prover(phone.client).refresh(stolen)
    else:
        answer = await phone.client.post("/v1/sign-in/refresh", json=body)

    assert answer.status_code == 401
    assert (await phone.refresh(newest)).status_code == 401
    assert (await phone.send("GET", ME, newest)).status_code == 401
    assert await told(database) == ["sign_in.refresh_reused"]
    row = await database.owner.fetchrow(
        "SELECT s.ended_why, c.ended_why FROM session s, session_chart c"
    )
    assert tuple(row) == ("refresh_reused", "refresh_reused")


async def test_a_used_token_is_not_renewed_by_who_has_the_key(
    phone: Prover, lan: Tokens, database: Database
) -> None:
    answered = [tokens_of(await phone.refresh(lan)) for _ in range(3)]

    assert len({each.refresh_token for each in answered}) == 1
    assert await database.owner.fetchval(GENERATION) == 1


@pytest.mark.parametrize("meanwhile", ["ended", "another request"])
async def test_a_renewal_that_waited_looks_at_what_the_other_left(
    phone: Prover, lan: Tokens, database: Database, meanwhile: str
) -> None:
    """One side is held open: the session is ended, or written by something else."""
    change = "ended_at = hub_clock(), ended_why = 'signed_out'" if meanwhile == "ended" else (
        "approval_tries = approval_tries + 1"
    )  # fmt: skip
    async with database.owner.transaction():
        await database.owner.execute(f"UPDATE session SET {change}")
        asked = asyncio.create_task(phone.refresh(lan), context=Context())
        while not await database.owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            continue
    answer = await asked

    expected = (401, 0) if meanwhile == "ended" else (200, 1)
    assert (answer.status_code, await database.owner.fetchval(GENERATION)) == expected
    assert await told(database) == []


async def test_the_level_of_a_renewal_is_the_strongest_that_is_reached(
    phone: Prover, lan: Tokens, database: Database
) -> None:
    heard = []
    for change in (
        "level = 'desk'",
        "level = 'newer-hub'",
        "level = 'found'",
        "level = 'desk', ended_at = hub_clock()",
    ):
        await database.owner.execute(f"UPDATE session_chart SET {change}")
        lan = tokens_of(await phone.refresh(lan))
        heard.append(lan.level)

    assert heard == ["desk", "otp-limited", None, None]
