"""What holds for every provider: one request a call, none of it too late, no guess about it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest

from backend.core.clock import now
from backend.gateways.sender import FailureScope, SendOutcome, SendResult
from tests.gateways.conftest import MakeProvider
from tests.harness.peers.raw_http import Drop, Received, Reply
from tests.harness.providers import PHONE, PUSH_TOKEN, TEXT, Provider

ANSWERS: dict[str, tuple[Callable[[Provider], Reply | Drop], SendOutcome]] = {
    "yes": (lambda p: p.yes, SendOutcome.ACCEPTED),
    "401": (lambda p: p.no(401), SendOutcome.TRY_LATER),
    "429": (lambda p: p.no(429), SendOutcome.TRY_LATER),
    "429 and when": (lambda p: p.no(429, Retry_After="1"), SendOutcome.TRY_LATER),
    "500": (lambda p: p.no(500), SendOutcome.IN_DOUBT),
    "503": (lambda p: p.no(503), SendOutcome.IN_DOUBT),
    "503 and when": (lambda p: p.no(503, Retry_After="1"), SendOutcome.IN_DOUBT),
    "dropped": (lambda _: Drop(), SendOutcome.IN_DOUBT),
    "redirected": (lambda p: Reply(307, b"", {"Location": p.peer.address}), SendOutcome.IN_DOUBT),
    "no JSON": (lambda p: Reply(p.yes.status, b"<html>"), SendOutcome.IN_DOUBT),
    "no id": (lambda p: Reply(p.yes.status, {}), SendOutcome.IN_DOUBT),
    "unknown 4xx": (lambda _: Reply(418, b"teapot"), SendOutcome.IN_DOUBT),
}


async def test_an_accepted_message_keeps_the_providers_id(provider: Provider) -> None:
    result = await provider.send()

    assert result == SendResult(SendOutcome.ACCEPTED, provider_id=provider.provider_id)


@pytest.mark.parametrize("kind", ANSWERS)
async def test_every_answer_costs_exactly_one_request(provider: Provider, kind: str) -> None:
    answer, outcome = ANSWERS[kind]
    provider.peer.says(answer(provider))

    result = await provider.send()

    assert result.outcome is outcome
    assert len(provider.peer.received) == 1


async def test_a_kept_connection_that_breaks_is_not_tried_again(provider: Provider) -> None:
    provider.peer.says(provider.yes, Drop())
    await provider.send()

    result = await provider.send()

    assert result.outcome is SendOutcome.IN_DOUBT
    assert len(provider.peer.received) == 2
    assert provider.peer.connections == 1


async def test_a_peer_that_hangs_up_before_reading_leaves_a_doubt(provider: Provider) -> None:
    provider.peer.hangs_up = True

    result = await provider.send()

    assert result.outcome is SendOutcome.IN_DOUBT
    assert provider.peer.connections == 1


async def test_fifty_at_once_keep_their_own_answers_and_deadlines(provider: Provider) -> None:
    def wait_as_long_as_the_text_says(request: Received) -> Reply:
        body = request.body.decode()
        seconds = body.partition("wait-")[2][:3]
        return provider.no(429, Retry_After=seconds)

    provider.peer.answer = wait_as_long_as_the_text_says
    numbers = range(100, 150)

    results = await asyncio.gather(
        *(provider.send(text=f"wait-{n}", seconds=-1 if n % 5 == 0 else 30) for n in numbers)
    )

    late = SendResult(SendOutcome.TRY_LATER, code="deadline")
    for n, result in zip(numbers, results, strict=True):
        assert result == late if n % 5 == 0 else result.retry_after == n
    assert len(provider.peer.received) == 40


@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_read_as_seconds_and_as_a_date(
    provider: Provider, status: int
) -> None:
    date = format_datetime(now() + timedelta(seconds=90), usegmt=True)
    provider.peer.says(provider.no(status, Retry_After="7"), provider.no(status, Retry_After=date))

    in_seconds = await provider.send()
    as_a_date = await provider.send()

    assert in_seconds.retry_after == 7
    assert as_a_date.retry_after is not None
    assert 80 < as_a_date.retry_after <= 90


async def test_nothing_said_or_logged_holds_a_number_a_token_or_a_text(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = {"error": {"status": TEXT, "message": PHONE}, "code": PHONE, "message": TEXT}
    provider.peer.says(Reply(400, echo), Reply(201, TEXT.encode()), Drop())

    results = [await provider.send() for _ in range(3)]

    said = caplog.text + repr(results)
    assert not [each for each in (PHONE, PHONE[1:], PUSH_TOKEN, TEXT) if each in said]
    assert {result.outcome for result in results} == {SendOutcome.IN_DOUBT}


async def test_closing_leaves_no_connection_open(make_provider: MakeProvider) -> None:
    provider = await make_provider()
    await provider.send()

    await provider.sender.close()

    await asyncio.wait_for(provider.peer.left_alone.wait(), timeout=5)
    assert provider.peer.open == set()


async def test_a_wrong_credential_blames_the_channel(provider: Provider) -> None:
    provider.peer.says(provider.no(401))

    assert (await provider.send()).failure_scope is FailureScope.CHANNEL
