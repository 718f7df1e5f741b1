"""The peer is FCM, as far as the hub can tell."""

import json
from typing import Any

import pytest
from firebase_admin import messaging

from tests.sandbox.conftest import Provider

FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"


def a_message(**changes: Any) -> dict[str, Any]:
    return {"token": "phone-1", "notification": {"title": "BV", "body": "Có tin mới"}, **changes}


def as_the_sdk_writes_it() -> Any:
    message = messaging.Message(
        fid="phone-1",
        data={"notification_id": "n-1"},
        notification=messaging.Notification(title="BV", body="Có tin mới"),
        android=messaging.AndroidConfig(
            priority="high",
            ttl=3600,
            collapse_key="n-1",
            notification=messaging.AndroidNotification(tag="n-1", visibility="private"),
        ),
        apns=messaging.APNSConfig(
            headers={"apns-collapse-id": "n-1"},
            payload=messaging.APNSPayload(messaging.Aps(mutable_content=True)),
        ),
    )
    return json.loads(str(message))


async def test_a_push_reaches_the_phone(provider: Provider) -> None:
    status, _, answer = await provider.push(as_the_sdk_writes_it())

    (arrived,) = await provider.get("/messages")
    (raw,) = await provider.get("/pushes")

    assert status == 200
    assert answer["name"].startswith("projects/patient-hub-sandbox/messages/")
    assert arrived.pop("at")
    assert arrived == {
        "channel": "push",
        "to": "phone-1",
        "notification": {"title": "BV", "body": "Có tin mới"},
        "data": {"notification_id": "n-1"},
        "providerId": answer["name"],
    }
    assert raw["message"]["android"]["notification"]["tag"] == "n-1"


async def test_a_phone_that_removed_the_app_is_unregistered(provider: Provider) -> None:
    await provider.misbehave(fcm={"deadTokens": ["phone-1"]})

    status, _, answer = await provider.push(a_message())

    assert (status, answer["error"]["status"]) == (404, "NOT_FOUND")
    assert answer["error"]["details"] == [{"@type": FCM_ERROR, "errorCode": "UNREGISTERED"}]


@pytest.mark.parametrize(
    ("message", "where"),
    [
        (a_message(surprise=1), "message"),
        (a_message(data={"count": 1}), "message.data[...]"),
        (a_message(android={"ttl": "an hour"}), "message.android.ttl"),
        (a_message(topic="all"), "message"),
        (a_message(data={"text": "a" * 4096}), "message"),
    ],
)
async def test_a_payload_google_does_not_know_is_refused(
    provider: Provider, message: dict[str, Any], where: str
) -> None:
    status, _, answer = await provider.push(message)

    (detail,) = answer["error"]["details"]
    assert (status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert detail["fieldViolations"][0]["field"] == where
    assert await provider.get("/messages") == []


async def test_a_malformed_token_is_an_invalid_argument(provider: Provider) -> None:
    status, _, answer = await provider.push(a_message(token="not a token"))

    assert (status, answer["error"]["details"][0]["errorCode"]) == (400, "INVALID_ARGUMENT")


async def test_a_dry_run_reaches_nobody(provider: Provider) -> None:
    status, _, _ = await provider.push(a_message(), validate_only=True)

    assert (status, await provider.get("/messages")) == (200, [])


async def test_a_bearer_of_somebody_else_is_not_admitted(provider: Provider) -> None:
    status, _, answer = await provider.push(a_message(), bearer="a.b.c")

    assert (status, answer["error"]["status"]) == (401, "UNAUTHENTICATED")


async def test_an_assertion_signed_by_another_key_gets_no_token(provider: Provider) -> None:
    fields = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}

    status, _, answer = await provider.ask("POST", f"{provider.url}/token", headers={}, data=fields)

    assert (status, answer["error"]) == (400, "invalid_grant")


async def test_fcm_can_be_busy_too(provider: Provider) -> None:
    await provider.misbehave(fcm={"mode": "429", "retryAfter": 7})

    status, headers, answer = await provider.push(a_message())

    assert (status, headers["Retry-After"]) == (429, "7")
    assert answer["error"]["details"][0]["errorCode"] == "QUOTA_EXCEEDED"
