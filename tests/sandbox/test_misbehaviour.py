"""A provider that drops, breaks, dawdles or is busy: and what the ledger says about it."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.sandbox.conftest import Ear, Patiently, Provider


@pytest.mark.parametrize(("mode", "arrived"), [("accept_then_drop", 1), ("drop_before_accept", 0)])
async def test_a_dropped_connection_carries_no_answer(
    provider: Provider, mode: str, arrived: int
) -> None:
    await provider.misbehave(twilio={"mode": mode})

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await provider.text()

    assert len(await provider.get("/messages")) == arrived
    assert len(await provider.get("/ledger")) == 1


async def test_a_text_accepted_before_the_drop_still_calls_back(
    provider: Provider, ear: Ear
) -> None:
    await provider.misbehave(twilio={"mode": "accept_then_drop"})

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await provider.text(StatusCallback=ear.url)

    assert (await ear.next())[1]["MessageStatus"] == "queued"


async def test_a_provider_may_keep_its_receipts_to_itself(provider: Provider, ear: Ear) -> None:
    await provider.misbehave(twilio={"receipts": False, "times": 1})

    await provider.text(body="without", StatusCallback=ear.url)
    await provider.misbehave(twilio={})
    _, _, told = await provider.text(body="with", StatusCallback=ear.url)

    assert (await ear.next())[1]["MessageSid"] == told["sid"]


async def test_an_accepted_text_may_be_answered_with_500(provider: Provider) -> None:
    await provider.misbehave(twilio={"mode": "accept_then_500"})

    status, _, error = await provider.text()

    assert (status, error["code"], len(await provider.get("/messages"))) == (500, 20500, 1)


async def test_too_many_requests_are_not_accepted(provider: Provider) -> None:
    await provider.misbehave(twilio={"mode": "429", "retryAfter": 3})

    status, headers, error = await provider.text()

    assert (status, headers["Retry-After"], error["code"]) == (429, "3", 20429)
    assert await provider.get("/messages") == []


async def test_a_slow_answer_is_held_after_the_text_was_accepted(
    provider: Provider, patiently: Patiently
) -> None:
    await provider.misbehave(twilio={"mode": "slow", "delayMs": 600_000})

    waiting = asyncio.create_task(provider.text())

    async def accepted() -> bool:
        return bool(await provider.get("/messages"))

    await patiently(accepted)
    assert not waiting.done()
    waiting.cancel()


async def test_a_mood_passes_after_so_many_sends(provider: Provider) -> None:
    await provider.misbehave(twilio={"mode": "429", "times": 2})

    statuses = [(await provider.text())[0] for _ in range(3)]

    assert statuses == [429, 429, 201]
    assert (await provider.get("/behaviour"))["twilio"]["mode"] == "ok"


async def test_one_provider_may_misbehave_alone(provider: Provider) -> None:
    await provider.misbehave(fcm={"mode": "429"})
    await provider.misbehave(twilio={"mode": "slow", "delayMs": 1})

    moods = await provider.get("/behaviour")

    assert (moods["twilio"]["mode"], moods["fcm"]["mode"]) == ("slow", "429")


@pytest.mark.parametrize(
    "change", [{"twilio": {"mode": "rude"}}, {"twillio": {}}, {"fcm": {"times": 0}}, []]
)
async def test_an_unknown_mood_is_refused(provider: Provider, change: Any) -> None:
    status, _, answer = await provider.ask(
        "PUT", f"{provider.url}/behaviour", headers={}, json=change
    )

    assert status == 400
    assert answer["error"]
