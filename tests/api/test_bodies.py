"""Nothing comes in that two readers could understand differently, or that no reader survives."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from httpx import ASGITransport, AsyncClient
from litestar.routes import HTTPRoute
from litestar.types import HTTPReceiveMessage

from backend.api.app import create_app, create_routes
from backend.api.arriving_body import ArrivingBody, BodyTooSlow, SenderGone
from backend.api.request_bodies import CARRIES_A_BODY, JSON, OF_ANYBODY, check_form, kind_for
from backend.core.http.public import open_to_all
from backend.core.http.strict_json import AmbiguousJson
from backend.gateways.outbound_call import no_failpoint
from backend.notifications.delivery.provider_api import signed_by_provider
from tests.api.conftest import Room, is_problem
from tests.conftest import Database
from tests.harness.ambiguous_json import DISHONEST, HONEST

AS_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("name", DISHONEST)
async def test_an_ambiguous_body_is_refused_before_anybody_reads_it(
    endpoint: AsyncClient, room: Room, name: str
) -> None:
    answer = await endpoint.post("/endpoint/anything", content=DISHONEST[name], headers=AS_JSON)

    assert is_problem(answer, 400, "malformed_body")
    assert answer.json()["errors"][0]["path"] == "$"
    assert room.told == []


@pytest.mark.parametrize("name", HONEST)
async def test_an_unusual_but_honest_body_comes_in(
    endpoint: AsyncClient, room: Room, name: str
) -> None:
    answer = await endpoint.post("/endpoint/anything", content=HONEST[name], headers=AS_JSON)

    assert answer.status_code in {201, 400}
    assert answer.status_code == 201 or answer.json()["code"] == "invalid_request"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain", "application/jsonx", "application/fhir+json", "text/json", "*/*", "json", "",
        "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/json; charset=utf-16", "application/json; charset=iso-8859-1",
        "application/json, text/plain",
    ],
)  # fmt: skip
async def test_a_body_of_another_kind_is_not_taken_for_json(
    endpoint: AsyncClient, room: Room, content_type: str
) -> None:
    answer = await endpoint.post(
        "/endpoint/anything", content=b'{"a": 1}', headers={"Content-Type": content_type}
    )

    assert is_problem(answer, 415, "unsupported_media_type")
    assert room.told == []


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Content-Type", "application/json"), ("Content-Type", "text/plain")],
        [("Content-Type", "application/json"), ("Content-Encoding", "gzip")],
    ],
    ids=["no content type", "two content types", "packed"],
)
async def test_a_body_whose_kind_is_unclear_is_refused(
    endpoint: AsyncClient, room: Room, headers: list[tuple[str, str]]
) -> None:
    answer = await endpoint.post("/endpoint/anything", content=b'{"a": 1}', headers=headers)

    assert is_problem(answer, 415, "unsupported_media_type")
    assert room.told == []


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=UTF-8", 'Application/JSON;charset="utf-8"']
)
async def test_other_spellings_of_json_are_json(
    endpoint: AsyncClient, room: Room, content_type: str
) -> None:
    answer = await endpoint.post(
        "/endpoint/anything", content=b'{"a": 1}', headers={"Content-Type": content_type}
    )

    assert answer.status_code == 201
    assert room.told == [{"a": 1}]


async def test_hospitals_and_providers_speak_their_own_kinds() -> None:
    assert "application/fhir+json" in kind_for("/fhir/R4").media_types
    assert kind_for("/providers/twilio/receipts/1").media_types == {
        "application/x-www-form-urlencoded"
    }
    assert kind_for("/hospital/events") is JSON


@pytest.mark.parametrize("form", [b"a=\0", b"a=%00", "a=ă".encode()])
def test_a_form_with_what_no_provider_sends_is_refused(form: bytes) -> None:
    with pytest.raises(AmbiguousJson):
        check_form(form)


async def test_a_body_is_taken_up_to_its_limit_and_not_one_byte_more(
    endpoint: AsyncClient, room: Room
) -> None:
    largest = b'"' + b"a" * (OF_ANYBODY - 2) + b'"'

    taken = await endpoint.post("/endpoint/anything", content=largest, headers=AS_JSON)
    refused = await endpoint.post("/endpoint/anything", content=largest + b" ", headers=AS_JSON)

    assert taken.status_code == 201
    assert len(room.told) == 1
    assert is_problem(refused, 413, "body_too_large")


async def test_a_body_without_an_announced_length_is_counted_while_it_arrives(
    endpoint: AsyncClient, room: Room
) -> None:
    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b" " * 4096

    answer = await endpoint.post("/endpoint/anything", content=unannounced(), headers=AS_JSON)

    assert is_problem(answer, 413, "body_too_large")
    assert room.told == []


OPEN_DOORS = sorted(
    {
        (method, route.path_format)
        for route in create_app().routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in route.route_handler_map.items()
        if method in CARRIES_A_BODY
        and {open_to_all, signed_by_provider} & set(handler.resolve_guards())
    }
)


@pytest.fixture
async def doors(database: Database) -> AsyncIterator[AsyncClient]:
    """Speaks to the routes without what drops the rest of a body behind them."""
    transport = ASGITransport(app=create_routes(no_failpoint), raise_app_exceptions=False)  # type: ignore[arg-type]  # stricter scope type
    async with AsyncClient(transport=transport, base_url="https://hub.test") as client:
        yield client


@pytest.mark.parametrize(("method", "address"), OPEN_DOORS)
async def test_no_open_door_takes_more_than_16_kb_however_it_is_announced(
    doors: AsyncClient, method: str, address: str
) -> None:
    headers = {"Content-Type": next(iter(kind_for(address).media_types))}
    address = address.replace("{attempt}", str(uuid4()))
    sent = 0

    async def unannounced() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 4096
            yield b"a" * 4096

    announced = await doors.request(method, address, content=b"a" * 16_385, headers=headers)
    counted = await doors.request(method, address, content=unannounced(), headers=headers)

    assert is_problem(announced, 413, "body_too_large")
    assert is_problem(counted, 413, "body_too_large")
    assert sent <= 16_384 + 2 * 4096


def test_the_open_doors_that_were_tried_are_all_there_are() -> None:
    assert {address for _, address in OPEN_DOORS} >= {
        "/v1/sign-in/codes", "/v1/sign-in/sessions", "/v1/sign-in/refresh",
        "/providers/twilio/receipts/{attempt}", "/support/v1/sign-in",
    }  # fmt: skip


async def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    async def silent() -> HTTPReceiveMessage:
        return await asyncio.Future()

    with pytest.raises(BodyTooSlow):
        await ArrivingBody(silent, JSON.largest, patience=0.01).up_to(JSON.largest)


async def test_a_sender_who_hangs_up_in_the_middle_has_sent_nothing() -> None:
    messages: list[Any] = [
        {"type": "http.request", "body": b'{"a"', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def breaking() -> Any:
        return messages.pop(0)

    with pytest.raises(SenderGone):
        await ArrivingBody(breaking, JSON.largest).up_to(JSON.largest)
