"""Texts through Twilio: what is asked for, what an error code means, what a listing tells."""

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import monotonic
from uuid import uuid4

import pytest

from backend.gateways.sender import FailureScope, OutboundMessage, SendOutcome, SendResult
from backend.gateways.twilio.sms import TwilioSms
from tests.harness.peers.raw_http import Peer, Reply
from tests.harness.providers import PHONE, TEXT, twilio_at, twilio_says

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
MESSAGES = "/2010-04-01/Accounts/AC1/Messages.json"


@pytest.fixture
async def twilio(peer: Peer) -> AsyncIterator[TwilioSms]:
    twilio = twilio_at(peer)
    yield twilio
    await twilio.close()


async def send(twilio: TwilioSms, lifetime: int = 600) -> SendResult:
    message = OutboundMessage(text=TEXT, lifetime=lifetime)
    return await twilio.send(PHONE, message, attempt=uuid4(), wire_deadline=monotonic() + 30)


async def test_the_request_is_what_twilio_documents(twilio: TwilioSms, peer: Peer) -> None:
    peer.says(Reply(201, {"sid": "SM1"}))
    attempt = uuid4()

    await twilio.send(
        PHONE,
        OutboundMessage(text=TEXT, lifetime=600),
        attempt=attempt,
        wire_deadline=monotonic() + 30,
    )

    (request,) = peer.received
    assert (request.method, request.path) == ("POST", MESSAGES)
    assert request.headers["authorization"] == "Basic " + b64encode(b"AC1:auth-secret").decode()
    assert request.form == {
        "To": PHONE,
        "From": "BVDAKHOA",
        "Body": TEXT,
        "StatusCallback": f"https://hub.example.vn/providers/twilio/receipts/{attempt}",
        "ValidityPeriod": "600",
    }


@pytest.mark.parametrize(("lifetime", "asked"), [(0, "1"), (-5, "1"), (90_000, "36000")])
async def test_a_lifetime_outside_twilios_bounds_is_cut(
    twilio: TwilioSms, peer: Peer, lifetime: int, asked: str
) -> None:
    peer.says(Reply(201, {"sid": "SM1"}))

    await send(twilio, lifetime)

    assert peer.received[0].form["ValidityPeriod"] == asked


@pytest.mark.parametrize(
    ("status", "code", "outcome", "blame"),
    [
        (400, 21211, SendOutcome.REFUSED, FailureScope.ADDRESS),
        (400, 21614, SendOutcome.REFUSED, FailureScope.ADDRESS),
        (400, 21610, SendOutcome.REFUSED, FailureScope.ADDRESS),
        (403, 21610, SendOutcome.REFUSED, FailureScope.ADDRESS),
        (400, 21408, SendOutcome.REFUSED, FailureScope.NOBODY),
        (400, 21612, SendOutcome.REFUSED, FailureScope.NOBODY),
        (400, 21602, SendOutcome.REFUSED, FailureScope.MESSAGE),
        (400, 21617, SendOutcome.REFUSED, FailureScope.MESSAGE),
        (401, 20003, SendOutcome.TRY_LATER, FailureScope.CHANNEL),
        (401, 99999, SendOutcome.TRY_LATER, FailureScope.CHANNEL),
        (403, 20005, SendOutcome.TRY_LATER, FailureScope.CHANNEL),
        (400, 21212, SendOutcome.TRY_LATER, FailureScope.CHANNEL),
        (400, 21606, SendOutcome.TRY_LATER, FailureScope.CHANNEL),
        (429, 20429, SendOutcome.TRY_LATER, FailureScope.NOBODY),
        (429, 99999, SendOutcome.TRY_LATER, FailureScope.NOBODY),
        (400, 21611, SendOutcome.TRY_LATER, FailureScope.NOBODY),
        (400, 99999, SendOutcome.IN_DOUBT, FailureScope.NOBODY),
        (403, 99999, SendOutcome.IN_DOUBT, FailureScope.NOBODY),
        (404, 20404, SendOutcome.IN_DOUBT, FailureScope.NOBODY),
        (500, 20500, SendOutcome.IN_DOUBT, FailureScope.NOBODY),
        (500, 21211, SendOutcome.IN_DOUBT, FailureScope.NOBODY),
        (503, 20429, SendOutcome.IN_DOUBT, FailureScope.NOBODY),
    ],
)
async def test_each_code_means_what_the_table_says(
    twilio: TwilioSms, peer: Peer, status: int, code: int, outcome: SendOutcome, blame: FailureScope
) -> None:
    peer.says(twilio_says(status, code))

    assert await send(twilio) == SendResult(outcome, code=str(code), failure_scope=blame)


async def test_an_error_in_the_newer_form_is_read_too(twilio: TwilioSms, peer: Peer) -> None:
    problem = {"type": "about:blank", "title": TEXT, "status": 400, "code": 21211}
    peer.says(Reply(400, problem))

    result = await send(twilio)

    assert result == SendResult(
        SendOutcome.REFUSED, code="21211", failure_scope=FailureScope.ADDRESS
    )


async def test_too_many_requests_without_a_body_is_certainly_not_accepted(
    twilio: TwilioSms, peer: Peer
) -> None:
    peer.says(Reply(429, b"\xff<html>", {"Retry-After": "3"}))

    result = await send(twilio)

    assert result == SendResult(SendOutcome.TRY_LATER, code="429", retry_after=3)
