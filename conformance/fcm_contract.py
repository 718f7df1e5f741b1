"""Holds what our pushes put on the wire against Google's discovery document of FCM."""

import json
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import aiohttp
from jsonschema import Draft202012Validator
from typer import echo

from backend.gateways.fcm.push import Fcm
from backend.gateways.sender import OutboundMessage
from conformance.fcm_schema import json_schema

_SHOWN = OutboundMessage(text="Bạn có thông báo mới", title="BV MAU", notification=uuid4())
PUSHES = [
    ("a-registration-token", _SHOWN),
    ("c" + "0" * 21, _SHOWN),  # an installation id
    ("a-registration-token", OutboundMessage(text="Bạn có thông báo mới", lifetime=0)),
]


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
    if len(bodies) != len(PUSHES):
        wrong.append(f"fcm: {len(PUSHES)} sent, {len(bodies)} accepted")
    echo(f"fcm: {len(bodies)} request bodies, {len(wrong)} violations")
    return wrong


async def _sent_bodies(sandbox: str, key_file: Path) -> list[Any]:
    """Send with the hub's own gateway, and take the bodies from the sandbox, as they arrived."""
    hub = Fcm(service_account_path=str(key_file), base_url=sandbox)
    for address, message in PUSHES:
        await hub.send(address, message, attempt=uuid4(), wire_deadline=monotonic() + 60)
    await hub.close()
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{sandbox}/pushes") as answer,
    ):
        bodies: list[Any] = await answer.json()
    return bodies
