"""What Twilio says it has taken for a number: asked by number only, and never guessed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from backend.core.clock import now
from backend.gateways.sender import ListedText, ListingFailed
from backend.gateways.twilio.sms import TwilioSms
from tests.harness.peers.raw_http import Drop, Peer, Received, Reply
from tests.harness.providers import PHONE, TEXT, twilio_at

NOON = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
MESSAGES = "/2010-04-01/Accounts/AC1/Messages.json"


@pytest.fixture
async def twilio(peer: Peer) -> AsyncIterator[TwilioSms]:
    twilio = twilio_at(peer)
    yield twilio
    await twilio.close()


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

    assert found == [ListedText("SM2", TEXT, "queued", NOON), ListedText("SM1", "", "queued", NOON)]
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


async def test_a_listing_without_an_end_fails_in_time(peer: Peer) -> None:
    endless = {"messages": [a_record("SM1", NOON)], "next_page_uri": f"{MESSAGES}?Page=1"}
    peer.says(Reply(200, endless))
    twilio = twilio_at(peer, timeout=0.5)

    with pytest.raises(ListingFailed):
        async with asyncio.timeout(3):
            await twilio.listed(PHONE, NOON)
    await twilio.close()


async def test_a_listing_without_an_answer_fails_in_time(peer: Peer) -> None:
    peer.released.clear()
    twilio = twilio_at(peer, timeout=0.05)

    with pytest.raises(ListingFailed):
        await twilio.listed(PHONE, NOON)
    await twilio.close()
