"""Asking for a code: how often, from where, with what, and while Redis is away."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from backend.auth.rules import CODES_PER_ADDRESS
from backend.auth.sign_in.code_requests import Asking
from backend.auth.sign_in.otp import ask_for_code
from backend.core.http.rate_limits import TooOften
from backend.core.redis import close_redis, open_redis, redis
from tests.conftest import Database, Travel
from tests.harness.auth.steps import (
    LAN,
    STRANGER,
    another_challenge,
    another_phone,
    ask,
    challenges,
    lan_is_registered,
    scattered,
)

PHONE = "0912345678"


async def test_a_code_comes_once_a_minute_and_five_times_an_hour(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    await lan_is_registered(database)

    heard = []
    for minute in range(7):
        async with time_moves(timedelta(minutes=minute, seconds=minute)):
            heard.append((await another_challenge(client, LAN)).status_code)
    async with time_moves(timedelta(hours=1, seconds=1)):
        heard.append((await another_challenge(client, LAN)).status_code)

    assert heard == [202, 202, 202, 202, 202, 429, 429, 202]


async def test_a_day_has_ten_codes(
    client: AsyncClient, database: Database, time_moves: Travel
) -> None:
    heard = []
    for minutes in range(0, 13 * 60, 60):
        async with time_moves(timedelta(minutes=minutes, seconds=minutes / 60)):
            heard.append((await another_challenge(client, STRANGER)).status_code)

    assert heard == [202] * 10 + [429] * 3


async def test_spellings_of_one_number_share_one_limit(client: AsyncClient) -> None:
    await ask(client, "079 185 000 011", "0912 345 678")

    refused = await another_challenge(client, "079.185.000.011", "+84 912.345.678")

    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 60


async def test_one_place_cannot_ask_for_everybody(client: AsyncClient, database: Database) -> None:
    a_minute = CODES_PER_ADDRESS[0].times

    answers = await asyncio.gather(
        *(another_challenge(client, scattered(n), another_phone(n)) for n in range(a_minute + 20))
    )

    assert [answer.status_code for answer in answers].count(202) == a_minute
    assert await challenges(database) == a_minute


async def test_one_device_asks_once_a_minute_for_whomever(database: Database) -> None:
    key = "x" * 43
    await ask_for_code(scattered(1), another_phone(1), Asking(key, "203.0.113.1"))

    with pytest.raises(TooOften):
        await ask_for_code(scattered(2), another_phone(2), Asking(key, "203.0.113.2"))
    await ask_for_code(scattered(2), another_phone(2), Asking("y" * 43, "203.0.113.2"))

    assert await challenges(database) == 2


async def test_a_made_up_forwarding_header_is_not_another_place(
    client: AsyncClient, database: Database
) -> None:
    a_minute = CODES_PER_ADDRESS[0].times

    answers = [
        await client.post(
            "/v1/sign-in/codes",
            json={"citizenId": scattered(n), "phone": another_phone(n)},
            headers={
                "X-Forwarded-For": f"203.0.113.{n}",
                "X-Real-IP": f"203.0.113.{n}",
                "Forwarded": f"for=203.0.113.{n}",
            },
        )
        for n in range(100)
    ]

    assert [answer.status_code for answer in answers].count(202) == a_minute


async def test_behind_a_trusted_proxy_each_place_has_its_own_limit(
    proxied: AsyncClient, database: Database
) -> None:
    a_minute = CODES_PER_ADDRESS[0].times

    async def ask_from(n: int, hops: str) -> int:
        answer = await proxied.post(
            "/v1/sign-in/codes",
            json={"citizenId": scattered(n), "phone": another_phone(n)},
            headers={"X-Forwarded-For": hops, "X-Real-IP": f"203.0.113.{n}"},
        )
        return answer.status_code

    elsewhere = [await ask_from(n, f"203.0.113.{n}") for n in range(a_minute + 5)]
    made_up = [await ask_from(100 + n, f"10.0.0.{n}, 203.0.113.200") for n in range(a_minute + 5)]

    assert set(elsewhere) == {202}
    assert made_up.count(202) == a_minute


async def test_without_redis_no_code_is_asked_for(client: AsyncClient, database: Database) -> None:
    await lan_is_registered(database)
    await close_redis()
    open_redis("redis://127.0.0.1:1")

    refused = await another_challenge(client, LAN)

    await close_redis()
    open_redis(database.servers.redis_url)
    assert (refused.status_code, refused.json()["code"]) == (503, "fast_store_away")
    assert await challenges(database) == 0


async def test_redis_knows_no_number(client: AsyncClient, database: Database) -> None:
    await ask(client, LAN)

    keys = [key async for key in redis().scan_iter()]

    assert len(keys) == 8
    assert not [key for key in keys if LAN in key or "912345678" in key or "127.0.0.1" in key]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"citizenId": LAN}, {"phone": PHONE}, [LAN], {"citizenId": LAN, "phone": "12"},
        {"citizenId": "1", "phone": PHONE}, {"citizenId": 79185000011, "phone": PHONE},
        {"citizenId": "x" * 41, "phone": PHONE}, {"citizenId": None, "phone": PHONE},
        {"citizenId": LAN, "phone": PHONE, "patient": str(uuid4())},
        {"facility": "01001", "phone": PHONE}, {"hospitalNumber": "1", "phone": PHONE},
        {"citizenId": LAN, "facility": "01001", "hospitalNumber": "1", "phone": PHONE},
    ],
)  # fmt: skip
async def test_what_is_no_request_for_a_code_leaves_no_trace(
    client: AsyncClient, database: Database, body: Any
) -> None:
    refused = await client.post("/v1/sign-in/codes", json=body)

    assert refused.status_code in {400, 422}
    assert refused.headers["content-type"].startswith("application/problem+json")
    assert await challenges(database) == 0
