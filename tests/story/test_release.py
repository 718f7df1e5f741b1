"""A hospital's results are read a day after it said them: real processes, real HTTP, real texts."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import asyncpg
import httpx
import pytest

from backend.core.subprocesses import output_of
from backend.sandbox.demo.people import Hospital, Sandbox, answered
from backend.sandbox.demo.story_bundles import StoryPerson, registration
from backend.sandbox.demo.whole_hub import WholeHub
from tests.harness.intake.other_kinds import sent
from tests.harness.records.readers import NAME, VALUE, measured, reported

pytestmark = pytest.mark.processes

MINH: Final = StoryPerson(
    "Đỗ Văn Minh", "BN0881", "079088000881", "1988-08-08", "male", "0908881881"
)
NUMBER: Final = "+84908881881"
HIS: Final[dict[str, Any]] = {
    "subject": {"identifier": {"system": "urn:bvmau:patient", "value": MINH.hospital_number}}
}
A_DAY: Final = timedelta(hours=24, minutes=5)
LISTS: Final = ("results", "changes", "timeline", "observations", "summary", "appointments")


@asynccontextmanager
async def later(hub: WholeHub, by: timedelta) -> AsyncIterator[None]:
    """Move the one clock by which all processes of the hub act."""
    owner = await asyncpg.connect(hub.engines.database_url("postgres"))
    await owner.execute("UPDATE clock_offset SET ahead = ahead + $1", by)
    try:
        yield
    finally:
        await owner.execute("UPDATE clock_offset SET ahead = ahead - $1", by)
        await owner.close()


async def signs_in(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    """Sign in on a phone that takes no pushes, so that he is told by text."""
    asked = answered(
        await http.post(
            "/v1/sign-in/codes", json={"citizenId": MINH.citizen_id, "phone": MINH.mobile}
        ),
        202,
    )
    text = (await sandbox.nth(NUMBER, "sms", 1))["text"]
    code = re.findall(r"\b\d{6}\b", text)[0]
    device = {"platform": "android", "model": "Mẫu", "name": "Máy của Minh"}
    body = {"challengeId": asked["challengeId"], "code": code, "device": device}
    opened = answered(await http.post("/v1/sign-in/sessions", json=body), 201)
    http.headers["Authorization"] = f"Bearer {opened['accessToken']}"


async def seen(http: httpx.AsyncClient) -> list[str]:
    """Give where he comes across the report or its value."""
    found = []
    for name in LISTS:
        answer = await http.get(f"/v1/patients/me/{name}")
        assert answer.status_code == 200, answer.text
        if NAME in answer.text or str(VALUE) in answer.text:
            found.append(name)
    return found


async def calls(hospital: Hospital, sandbox: Sandbox, ticket: str, texts: int) -> None:
    """Have his number called, and wait for that text: what was due before it has left, too."""
    await hospital.says(
        {"eventId": ticket, "type": "queue.called", "ticket": ticket, "counter": "3",
         "patient": {"hospitalNumber": MINH.hospital_number}}
    )  # fmt: skip
    await sandbox.nth(NUMBER, "sms", texts)


async def test_a_result_is_read_and_told_after_a_day_and_nowhere_before(
    hub: WholeHub, phones: httpx.AsyncClient
) -> None:
    async with httpx.AsyncClient(base_url=hub.api_url, timeout=20) as http:
        await output_of(["facility", "add", "78787", "Bệnh viện Tám", "BV TAM"], hub.environment)
        key = (await output_of(["facility", "key", "78787"], hub.environment)).strip()
        words = ["facility", "release", "78787", "--class", "result", "--policy", "24h"]
        policy = json.loads(await output_of(words, hub.environment))
        assert policy == {"policies": {"result": "24h"}, "waiting": {}}
        async with httpx.AsyncClient(base_url=hub.api_url, timeout=20) as engine:
            await the_day(hub, Hospital(engine, key), Sandbox(phones), http)


async def the_day(
    hub: WholeHub, hospital: Hospital, sandbox: Sandbox, http: httpx.AsyncClient
) -> None:
    await hospital.posts(registration(MINH))
    await signs_in(http, sandbox)

    async with http.stream("GET", "/v1/me/stream") as stream:
        hears = stream.aiter_lines()
        await hospital.posts(sent(measured(**HIS), reported(**HIS)))
        await calls(hospital, sandbox, "A1", texts=2)
        assert await seen(http) == []

        async with later(hub, A_DAY):
            async with asyncio.timeout(20):
                while "event: records" not in await anext(hears):
                    pass
            await sandbox.nth(NUMBER, "sms", 3)
            assert await seen(http) == ["results", "changes", "timeline", "observations", "summary"]
            await calls(hospital, sandbox, "A2", texts=4)

            items = await hospital.deliveries()

    [told] = [each for each in items if each["kind"] == "result.ready"]
    assert (told["status"], told["reason"]) == ("told", None)
    texts = [each["text"] for each in await sandbox.messages(NUMBER, "sms")]
    assert len([each for each in texts if "ket qua" in each.lower()]) == 1
    assert not any(NAME in each or str(VALUE) in each for each in texts)
