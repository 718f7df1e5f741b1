"""Pushes through Firebase: what is shown, what an error means, how the credential is kept."""

import asyncio
import json
from pathlib import Path
from typing import Any

import firebase_admin
import pytest
from firebase_admin import credentials, messaging

from backend.core.clock import now
from backend.gateways.fcm.push import Fcm, UnknownSdk, take_over
from backend.gateways.sender import FailureScope, OutboundMessage, SendOutcome, SendResult
from tests.harness.peers.raw_http import Peer, Reply
from tests.harness.providers import (
    NUDGE,
    PUSH_TOKEN,
    TEXT,
    bad_request,
    fcm_at,
    fcm_error,
    fcm_says,
    push,
)

LATER = (SendOutcome.TRY_LATER, FailureScope.CHANNEL)


async def test_a_push_shows_a_nudge_and_carries_an_opaque_id(fcm: Fcm, peer: Peer) -> None:
    await push(fcm)

    (request,) = peer.received
    message: dict[str, Any] = request.json["message"]
    expiration = int(message["apns"]["headers"].pop("apns-expiration"))
    assert (request.method, request.path) == ("POST", "/v1/projects/hub-test/messages:send")
    assert request.headers["authorization"] == "Bearer token-1"
    assert message == {
        "token": PUSH_TOKEN,
        "notification": {"title": "BV Da khoa", "body": TEXT},
        "data": {"notification": str(NUDGE.notification)},
        "android": {
            "priority": "high",
            "ttl": "600s",
            "notification": {"tag": str(NUDGE.notification)},
        },
        "apns": {"headers": {"apns-collapse-id": str(NUDGE.notification)}},
    }
    assert "validate_only" not in request.json
    assert abs(expiration - now().timestamp() - 600) < 10


async def test_an_installation_id_is_addressed_as_one(fcm: Fcm, peer: Peer) -> None:
    await push(fcm, "dK3x-9_QTqWm0bVn1RzYpA")

    message = peer.received[0].json["message"]
    assert message["fid"] == "dK3x-9_QTqWm0bVn1RzYpA"
    assert "token" not in message


async def test_vietnamese_letters_arrive_as_they_are(fcm: Fcm, peer: Peer) -> None:
    await push(fcm, message=OutboundMessage(text="Bạn có kết quả mới.", title="Bệnh viện Đa khoa"))

    message = peer.received[0].json["message"]
    assert message["notification"] == {"title": "Bệnh viện Đa khoa", "body": "Bạn có kết quả mới."}
    assert "data" not in message


async def test_a_push_that_is_too_large_is_not_sent(fcm: Fcm, peer: Peer) -> None:
    result = await push(fcm, message=OutboundMessage(text="a" * 4096))

    assert result == SendResult(
        SendOutcome.REFUSED, code="too_large", failure_scope=FailureScope.MESSAGE
    )
    assert peer.received == []


@pytest.mark.parametrize(
    ("answer", "outcome", "blame", "code"),
    [
        (fcm_says(404, "NOT_FOUND", fcm_error("UNREGISTERED")), SendOutcome.REFUSED,
        FailureScope.ADDRESS,
         "UNREGISTERED"),
        (fcm_says(403, "PERMISSION_DENIED", fcm_error("SENDER_ID_MISMATCH")), SendOutcome.REFUSED,
         FailureScope.ADDRESS, "SENDER_ID_MISMATCH"),
        (fcm_says(400, "INVALID_ARGUMENT", fcm_error("INVALID_ARGUMENT")), SendOutcome.REFUSED,
         FailureScope.ADDRESS, "INVALID_ARGUMENT.token"),
        (fcm_says(400, "INVALID_ARGUMENT", fcm_error("INVALID_ARGUMENT"),
                  bad_request("message.token")), SendOutcome.REFUSED, FailureScope.ADDRESS,
         "INVALID_ARGUMENT.token"),
        (fcm_says(400, "INVALID_ARGUMENT", bad_request("message.token")), SendOutcome.REFUSED,
         FailureScope.MESSAGE, "INVALID_ARGUMENT.payload"),
        (fcm_says(400, "INVALID_ARGUMENT", fcm_error("INVALID_ARGUMENT"),
                  bad_request("message.data")), SendOutcome.REFUSED, FailureScope.MESSAGE,
         "INVALID_ARGUMENT.payload"),
        (fcm_says(400, "INVALID_ARGUMENT", fcm_error("INVALID_ARGUMENT"), bad_request()),
         SendOutcome.REFUSED, FailureScope.MESSAGE, "INVALID_ARGUMENT.payload"),
        (fcm_says(400, "INVALID_ARGUMENT"), SendOutcome.IN_DOUBT, FailureScope.NOBODY,
        "INVALID_ARGUMENT"),
        (fcm_says(401, "UNAUTHENTICATED", fcm_error("THIRD_PARTY_AUTH_ERROR")), *LATER,
         "THIRD_PARTY_AUTH_ERROR"),
        (fcm_says(401, "UNAUTHENTICATED"), *LATER, "UNAUTHENTICATED"),
        (fcm_says(403, "PERMISSION_DENIED"), *LATER, "PERMISSION_DENIED"),
        (Reply(403, b"<html>"), *LATER, "http_403"),
        (Reply(429, b"<html>"), SendOutcome.TRY_LATER, FailureScope.NOBODY, "http_429"),
        (fcm_says(404, "NOT_FOUND"), SendOutcome.IN_DOUBT, FailureScope.NOBODY, "NOT_FOUND"),
        (fcm_says(409, "Lan's result"), SendOutcome.IN_DOUBT, FailureScope.NOBODY, "http_409"),
        (fcm_says(500, "INTERNAL"), SendOutcome.IN_DOUBT, FailureScope.NOBODY, "INTERNAL"),
        (fcm_says(503, "UNAVAILABLE"), SendOutcome.IN_DOUBT, FailureScope.NOBODY, "UNAVAILABLE"),
    ],
)  # fmt: skip
async def test_each_answer_means_what_the_table_says(
    fcm: Fcm, peer: Peer, answer: Reply, outcome: SendOutcome, blame: FailureScope, code: str
) -> None:
    peer.says(answer)

    result = await push(fcm)

    assert (result.outcome, result.failure_scope, result.code) == (outcome, blame, code)


async def test_a_quota_without_a_wait_is_waited_for_a_minute(fcm: Fcm, peer: Peer) -> None:
    peer.says(fcm_says(429, "RESOURCE_EXHAUSTED", fcm_error("QUOTA_EXCEEDED")))

    assert await push(fcm) == SendResult(
        SendOutcome.TRY_LATER, code="QUOTA_EXCEEDED", retry_after=60
    )


async def test_an_sdk_that_keeps_its_client_elsewhere_stops_the_start(key_file: Path) -> None:
    app = firebase_admin.initialize_app(credentials.Certificate(str(key_file)), name="elsewhere")
    service = messaging._get_messaging_service(app)
    client = service._async_client
    del service._async_client

    with pytest.raises(UnknownSdk, match=firebase_admin.__version__):
        take_over(app, object())

    service._async_client = client
    await asyncio.to_thread(firebase_admin.delete_app, app)


def test_a_service_account_file_that_is_none_stops_the_start(tmp_path: Path, peer: Peer) -> None:
    file = tmp_path / "none.json"
    file.write_text(json.dumps({"type": "authorized_user"}))

    with pytest.raises(ValueError, match="service account"):
        fcm_at(peer, file)
