"""The peer is Twilio, as far as the hub can tell."""

import re
from email.utils import parsedate_to_datetime

import pytest
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]  # no types
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # no types
from twilio.rest import Client  # type: ignore[import-untyped]  # no types

from tests.sandbox.conftest import ACCOUNT, LAN, TOKEN, Ear, Provider, authorization


async def test_an_accepted_text_is_queued_and_was_not_sent_yet(provider: Provider) -> None:
    status, _, text = await provider.text()

    assert (status, text["status"], text["date_sent"]) == (201, "queued", None)
    assert re.fullmatch("SM[0-9a-f]{32}", text["sid"])
    assert parsedate_to_datetime(text["date_created"]).utcoffset() is not None
    assert (text["to"], text["from"], text["num_segments"]) == (LAN, "BENHVIEN", "1")


@pytest.mark.parametrize("password", ["", "another token"])
async def test_a_stranger_is_not_admitted(provider: Provider, password: str) -> None:
    url = f"{provider.messages_url}.json"

    status, _, error = await provider.ask("GET", url, headers=authorization(password))

    assert (status, error["code"], error["status"]) == (401, 20003, 401)
    assert await provider.get("/messages") == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("nobody", 21211),
        ("+84123", 21211),
        ("0912345678", 21211),
        ("+842438211234", 21614),
        ("+15005550004", 21610),
    ],
)
async def test_a_number_that_takes_no_text_is_refused(
    provider: Provider, number: str, code: int
) -> None:
    status, _, error = await provider.text(to=number)

    assert (status, error["code"]) == (400, code)
    assert set(error) == {"code", "message", "more_info", "status"}
    assert await provider.get("/messages") == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"Body": "a" * 1601}, 21617),
        ({"StatusCallback": "http://192.0.2.1/receipts"}, 21609),
    ],
)
async def test_an_incomplete_text_is_refused(
    provider: Provider, fields: dict[str, str], code: int
) -> None:
    complete = {"To": LAN, "From": "BENHVIEN", "Body": "Xin chao"}

    status, _, error = await provider.ask(
        "POST", f"{provider.messages_url}.json", data={**complete, **fields}
    )

    assert (status, error["code"]) == (400, code)


async def test_the_journey_of_a_text_is_told_in_signed_callbacks(
    provider: Provider, ear: Ear
) -> None:
    _, _, text = await provider.text(StatusCallback=ear.url)

    told = [await ear.next() for _ in range(3)]
    _, _, at_the_end = await provider.ask("GET", f"{provider.messages_url}/{text['sid']}.json")

    assert [said["MessageStatus"] for _, said in told] == ["queued", "sent", "delivered"]
    assert {said["MessageSid"] for _, said in told} == {text["sid"]}
    for signature, said in told:
        assert RequestValidator(TOKEN).validate(ear.url, said, signature)
    assert at_the_end["status"] == "delivered"
    assert parsedate_to_datetime(at_the_end["date_sent"]).utcoffset() is not None


async def test_an_unreachable_phone_is_reported_as_undelivered(
    provider: Provider, ear: Ear
) -> None:
    await provider.text(to="+84909930003", StatusCallback=ear.url)

    told = [(await ear.next())[1] for _ in range(3)]

    assert [said["MessageStatus"] for said in told] == ["queued", "sent", "undelivered"]
    assert told[-1]["ErrorCode"] == "30003"


async def test_a_callback_that_fails_is_posted_again(provider: Provider, ear: Ear) -> None:
    ear.answers = [503, 204]

    await provider.text(StatusCallback=ear.url)

    told = [(await ear.next())[1]["MessageStatus"] for _ in range(4)]
    assert told == ["queued", "queued", "sent", "delivered"]


@pytest.mark.filterwarnings("ignore:.*in aiohttp 4.0:DeprecationWarning", "ignore:.*removed in v4")
async def test_twilios_own_client_sends_fetches_and_lists(provider: Provider) -> None:
    async with AsyncTwilioHttpClient() as http:
        twilio = Client(ACCOUNT, TOKEN, http_client=http)
        twilio.api.base_url = provider.url

        sent = await twilio.messages.create_async(to=LAN, from_="BENHVIEN", body="Moi den quay 3")
        fetched = await twilio.messages(sent.sid).fetch_async()
        listed = await twilio.messages.list_async(to=LAN, limit=10)

    assert [fetched.body, *(text.body for text in listed)] == ["Moi den quay 3"] * 2


@pytest.mark.parametrize(
    ("body", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("ạ" * 70, 1), ("ạ" * 71, 2)],
)
async def test_segments_are_counted_as_they_are_billed(
    provider: Provider, body: str, count: int
) -> None:
    _, _, text = await provider.text(body=body)

    assert text["num_segments"] == str(count)
