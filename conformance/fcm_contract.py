"""Holds what our pushes put on the wire against Google's discovery document of FCM."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from firebase_admin import credentials, messaging
from jsonschema import Draft202012Validator
from typer import echo

from conformance.fcm_schema import json_schema

PROJECT = "patient-hub-sandbox"


def schema_of(data: Path) -> Draft202012Validator:
    discovery = json.loads((data / "fcm" / "fcm.v1.json").read_text())
    schema = json_schema(discovery, "SendMessageRequest")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


async def check_fcm(data: Path, sandbox: str, key_file: Path) -> list[str]:
    """Give what is wrong; nothing, when our pushes are what Google describes."""
    validator = schema_of(data)
    if validator.is_valid({"message": {"surprise": 1}}):
        return ["fcm: the schema lets an unknown field pass: it checks nothing"]
    bodies = await _sent_bodies(sandbox, key_file)
    faults = [fault for body in bodies for fault in validator.iter_errors(body)]
    wrong = [f"fcm: {fault.json_path}: {fault.message}" for fault in faults]
    echo(f"fcm: {len(bodies)} request bodies, {len(wrong)} violations")
    return wrong


async def _sent_bodies(sandbox: str, key_file: Path) -> list[Any]:
    """Send through the sandbox and take the bodies from there, as they arrived."""
    token = await asyncio.to_thread(credentials.Certificate(str(key_file)).get_access_token)
    headers = {"Authorization": f"Bearer {token.access_token}"}
    url = f"{sandbox}/v1/projects/{PROJECT}/messages:send"
    async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as client:
        for message in _messages():
            async with client.post(url, json={"message": json.loads(str(message))}) as answer:
                await answer.read()
        async with client.get(f"{sandbox}/pushes") as answer:
            bodies: list[Any] = await answer.json()
    return bodies


def _messages() -> list[messaging.Message]:
    """One push as the hub composes it, and one that uses every part of the SDK we may use."""
    notification = str(uuid4())
    apns = messaging.APNSConfig(
        headers={"apns-collapse-id": notification, "apns-priority": "10"},
        payload=messaging.APNSPayload(messaging.Aps(mutable_content=True, sound="default")),
    )
    android = messaging.AndroidConfig(
        priority="high",
        ttl=3600,
        collapse_key=notification,
        notification=messaging.AndroidNotification(tag=notification, visibility="private"),
    )
    shown = messaging.Notification(title="BV MAU", body="Bạn có thông báo mới")
    data = {"notification": notification}
    plain = messaging.Message(fid="phone-1", data=data, notification=shown)
    full = messaging.Message(
        fid="phone-2", data=data, notification=shown, android=android, apns=apns,
        fcm_options=messaging.FCMOptions(analytics_label="hub"),
    )  # fmt: skip
    return [plain, full]
