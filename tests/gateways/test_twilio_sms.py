"""Texts through Twilio: what is asked for, what an error code means, what a listing tells."""

from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest

from backend.clock import now
from backend.gateways.sender import Blame, Listed, ListingFailed, Message, Outcome, SendResult
from backend.gateways.twilio_sms import TwilioSms
from tests.gateways.providers import PHONE, TEXT, twilio_at, twilio_says
from tests.peers.raw_http import Drop, Peer, Received, Reply

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
MESSAGES = "/2010-04-01/Accounts/AC1/Messages.json"


@pytest.fixture
async def twilio(peer: Peer) -> AsyncIterator[TwilioSms]:
    twilio = twilio_at(peer)
    yield twilio
    await twilio.close()


async def send(twilio: TwilioSms, lifetime: int = 600) -> SendResult:
    message = Message(text=TEXT, lifetime=lifetime)
    return await twilio.send(PHONE, message, attempt=uuid4(), wire_deadline=monotonic() + 30)


async def test_the_request_is_what_twilio_documents(twilio: TwilioSms, peer: Peer) -> None:
    peer.says(Reply(201, {"sid": "SM1"}))
    attempt = uuid4()

    await twilio.send(
        PHONE, Message(text=TEXT, lifetime=600), attempt=attempt, wire_deadline=monotonic() + 30
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
        (400, 21211, Outcome.REFUSED, Blame.ADDRESS),
        (400, 21614, Outcome.REFUSED, Blame.ADDRESS),
        (400, 21610, Outcome.REFUSED, Blame.ADDRESS),
        (403, 21610, Outcome.REFUSED, Blame.ADDRESS),
        (400, 21408, Outcome.REFUSED, Blame.NOBODY),
        (400, 21612, Outcome.REFUSED, Blame.NOBODY),
        (400, 21602, Outcome.REFUSED, Blame.MESSAGE),
        (400, 21617, Outcome.REFUSED, Blame.MESSAGE),
        (401, 20003, Outcome.TRY_LATER, Blame.CHANNEL),
        (401, 99999, Outcome.TRY_LATER, Blame.CHANNEL),
        (403, 20005, Outcome.TRY_LATER, Blame.CHANNEL),
        (400, 21212, Outcome.TRY_LATER, Blame.CHANNEL),
        (400, 21606, Outcome.TRY_LATER, Blame.CHANNEL),
        (429, 20429, Outcome.TRY_LATER, Blame.NOBODY),
        (429, 99999, Outcome.TRY_LATER, Blame.NOBODY),
        (400, 21611, Outcome.TRY_LATER, Blame.NOBODY),
        (400, 99999, Outcome.IN_DOUBT, Blame.NOBODY),
        (403, 99999, Outcome.IN_DOUBT, Blame.NOBODY),
        (404, 20404, Outcome.IN_DOUBT, Blame.NOBODY),
        (500, 20500, Outcome.IN_DOUBT, Blame.NOBODY),
        (500, 21211, Outcome.IN_DOUBT, Blame.NOBODY),
        (503, 20429, Outcome.IN_DOUBT, Blame.NOBODY),
    ],
)
async def test_each_code_means_what_the_table_says(  # noqa: PLR0913, PLR0917  # a row of the table
    twilio: TwilioSms, peer: Peer, status: int, code: int, outcome: Outcome, blame: Blame
) -> None:
    peer.says(twilio_says(status, code))

    assert await send(twilio) == SendResult(outcome, code=str(code), blame=blame)


async def test_an_error_in_the_newer_form_is_read_too(twilio: TwilioSms, peer: Peer) -> None:
    problem = {"type": "about:blank", "title": TEXT, "status": 400, "code": 21211}
    peer.says(Reply(400, problem))

    result = await send(twilio)

    assert result == SendResult(Outcome.REFUSED, code="21211", blame=Blame.ADDRESS)


async def test_too_many_requests_without_a_body_is_certainly_not_accepted(
    twilio: TwilioSms, peer: Peer
) -> None:
    peer.says(Reply(429, b"\xff<html>", {"Retry-After": "3"}))

    result = await send(twilio)

    assert result == SendResult(Outcome.TRY_LATER, code="429", retry_after=3)


def a_record(sid: str, created: datetime, **others: Any) -> dict[str, Any]:
    date = format_datetime(created)
    return {"sid": sid, "body": TEXT, "status": "queued", "date_created": date, **others}


def in_pages(*pages: list[dict[str, Any]]) -> Any:
    """Answer page by page, each naming the next as Twilio does."""

    def answer(request: Received) -> Reply:
        number = int(request.query.get("Page", "0"))
        more = number + 1 < len(pages)
        next_page = f"{MESSAGES}?To=%2B84912345678&PageSize=50&Page={number + 1}"
        return Reply(200, {"messages": pages[number], "next_page_uri": next_page if more else None})

    return answer


async def test_a_listing_asks_by_number_only_and_gives_what_was_taken(
    twilio: TwilioSms, peer: Peer
) -> None:
    peer.answer = in_pages([a_record("SM2", NOON), a_record("SM1", NOON, body=None)])

    found = await twilio.listed(PHONE, NOON)

    assert found == [Listed("SM2", TEXT, "queued", NOON), Listed("SM1", "", "queued", NOON)]
    assert peer.received[0].query == {"To": PHONE, "PageSize": "50"}


async def test_a_listing_follows_pages_and_stops_at_what_is_older(
    twilio: TwilioSms, peer: Peer
) -> None:
    earlier = NOON - timedelta(seconds=1)
    peer.answer = in_pages(
        [a_record("SM4", NOON + timedelta(seconds=2))],
        [a_record("SM3", NOON), a_record("SM2", earlier)],
        [a_record("SM1", earlier)],
    )

    found = await twilio.listed(PHONE, NOON)

    assert [each.provider_id for each in found] == ["SM4", "SM3"]
    assert [request.query.get("To") for request in peer.received] == [PHONE, PHONE]


async def test_a_text_of_the_same_second_is_not_overlooked(twilio: TwilioSms, peer: Peer) -> None:
    peer.answer = in_pages([a_record("SM1", NOON)])

    found = await twilio.listed(PHONE, NOON + timedelta(microseconds=999_999))

    assert [each.provider_id for each in found] == ["SM1"]


@pytest.mark.parametrize(
    "answer",
    [
        Drop(),
        Reply(401, {"code": 20003}),
        Reply(429, {"code": 20429}),
        Reply(500, b""),
        Reply(302, b"", {"Location": "/elsewhere"}),
        Reply(200, b"<html>"),
        Reply(200, {"code": 1}),
        Reply(200, [1]),
        Reply(200, {"messages": [{"sid": "SM1"}], "next_page_uri": None}),
        Reply(200, {"messages": None, "next_page_uri": None}),
    ],
    ids=str,
)
async def test_a_listing_that_fails_is_never_taken_for_an_empty_one(
    twilio: TwilioSms, peer: Peer, answer: Reply | Drop
) -> None:
    peer.says(answer)

    with pytest.raises(ListingFailed) as failure:
        await twilio.listed(PHONE, now())

    assert PHONE[1:] not in repr(failure.value)


async def test_a_second_page_that_fails_fails_the_listing(twilio: TwilioSms, peer: Peer) -> None:
    first = in_pages([a_record("SM1", NOON)], [])
    peer.answer = lambda request: Reply(500) if "Page" in request.query else first(request)

    with pytest.raises(ListingFailed):
        await twilio.listed(PHONE, NOON)


async def test_a_listing_without_an_answer_fails_in_time(peer: Peer) -> None:
    peer.released.clear()
    twilio = twilio_at(peer, timeout=0.05)

    with pytest.raises(ListingFailed):
        await twilio.listed(PHONE, NOON)
    await twilio.close()
