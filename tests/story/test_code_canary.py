"""A code stands in the text that carries it, and nowhere else that anybody could read later."""

import re
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from backend.core.subprocesses import output_of
from backend.sandbox.demo.people import Sandbox
from backend.sandbox.demo.story_bundles import StoryPerson, encoded, registration
from backend.sandbox.demo.whole_hub import WholeHub
from tests.story.engines import every_count

pytestmark = pytest.mark.processes

MAI = StoryPerson("Phạm Thị Mai", "BN0888", "079188000888", "1988-08-08", "female", "0908888888")
MAIS_NUMBER = "+84908888888"
PHONE = {"platform": "android", "model": "", "name": ""}


async def everything_in_the_database(url: str) -> str:
    owner = await asyncpg.connect(url)
    tables = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [await owner.fetch(f'SELECT t::text FROM "{each[0]}" t') for each in tables]
    await owner.close()
    return "\n".join(row[0] for table in rows for row in table)


async def everything_in_redis(url: str) -> str:
    read = {"string": "get", "hash": "hgetall", "set": "smembers"}
    async with Redis.from_url(url, decode_responses=True) as redis:
        kept = []
        async for key in redis.scan_iter():
            kind = str(await redis.type(key))
            value: Any = (
                await redis.zrange(key, 0, -1)
                if kind == "zset"
                else await getattr(redis, read[kind])(key)
            )
            kept.append(f"{key} {value}")
    return "\n".join(kept)


async def test_a_code_is_in_its_text_and_nowhere_else(
    hub: WholeHub, endpoint: httpx.AsyncClient, phones: httpx.AsyncClient
) -> None:
    await output_of(["facility", "add", "88888", "Bệnh viện Tám", "BV TAM"], hub.environment)
    key = (await output_of(["facility", "key", "88888"], hub.environment)).strip()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/fhir+json"}
    await endpoint.post("/fhir/R4", content=encoded(registration(MAI)), headers=headers)

    asked = await endpoint.post(
        "/v1/sign-in/codes", json={"citizenId": MAI.citizen_id, "phone": MAI.mobile}
    )
    text = (await Sandbox(phones).nth(MAIS_NUMBER, "sms", 1))["text"]
    code = re.findall(r"\d{6}", text)[0]
    shown = {"challengeId": asked.json()["challengeId"], "code": code, "device": PHONE}
    answers = [
        await endpoint.post("/v1/sign-in/sessions", json=shown | {"challengeId": str(uuid4())}),
        await endpoint.post("/v1/sign-in/sessions", json=shown | {"more": "x"}),
        await endpoint.post("/v1/sign-in/sessions", json=shown),
        await endpoint.post("/v1/sign-in/sessions", json=shown),
    ]

    assert [answer.status_code for answer in answers] == [401, 400, 201, 401]
    elsewhere = {
        "database": await everything_in_the_database(hub.engines.database_url("postgres")),
        "redis": await everything_in_redis(hub.engines.redis_url),
        "metrics": await every_count(hub),
        "answers": "".join(str(answer.headers) + answer.text for answer in answers[:2]),
        **{log.name: log.read_text() for log in hub.folder.glob("*.log")},
    }
    # not inside hexadecimal, nor as the microseconds of an instant
    alone = re.compile(rf"(?<![0-9a-fA-F.]){code}(?![0-9a-fA-F])")
    assert [place for place, found in elsewhere.items() if alone.search(found)] == []
    assert "sign_in.code" in elsewhere["database"]
    assert "/v1/sign-in/sessions" in elsewhere["api.log"]
