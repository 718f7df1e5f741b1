"""Holds our texts and the sandbox's answers against Twilio's own OpenAPI file, through Prism."""

import json
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import aiohttp
from typer import echo

from backend.core.clock import now
from backend.gateways.sender import OutboundMessage, SendOutcome
from backend.gateways.twilio.sms import PAGE, TwilioSms
from conformance.prism import proxying, reduced
from conformance.recording_proxy import recording

SPEC = Path("twilio_openapi", "spec", "json", "twilio_api_v2010.json")
LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
FETCH = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
TO = "+84912345678"
TEXTS = PAGE + 1
"""One more than our listing asks for at a time, so that it turns a page."""


async def check_twilio(
    data: Path, sandbox: str, account: tuple[str, str], prism: Path, folder: Path
) -> list[str]:
    """Give what is wrong; nothing, when both sides are what Twilio describes."""
    spec = _as_twilio_answers(reduced(json.loads((data / SPEC).read_text()), [LIST, FETCH]))
    async with proxying(prism, spec, sandbox, folder) as proxy:
        if not await _is_awake(proxy, account):
            return ["twilio: Prism lets a text without a number pass: it checks nothing"]
        async with recording(proxy) as heard:
            missing = await _use(heard.url, account)
        echo(f"twilio: {heard.requests} requests, {len(heard.violations)} violations")
        return [f"twilio: {wrong}" for wrong in [*heard.violations, *missing]]


def _as_twilio_answers(spec: dict[str, Any]) -> dict[str, Any]:
    """Let the addresses of pages be relative: the file says `uri`, its own examples are none."""
    answer = spec["paths"][LIST]["get"]["responses"]["200"]["content"]["application/json"]
    for name, field in answer["schema"]["properties"].items():
        if name.endswith("uri"):
            field["format"] = "uri-reference"
    return spec


async def _use(url: str, account: tuple[str, str]) -> list[str]:
    """Send with the hub's own gateway, list over two pages, fetch one; give what went missing."""
    begun = now() - timedelta(minutes=5)
    hub = TwilioSms(
        account_sid=account[0],
        auth_token=account[1],
        sender_id="BENHVIEN",
        base_url=url,
        receipts_url="http://127.0.0.1:9/providers/twilio/receipts",
    )
    text = OutboundMessage(text="Ket qua da co, quay 3. AB2CD")
    sent = [
        await hub.send(TO, text, attempt=uuid4(), wire_deadline=monotonic() + 60)
        for _ in range(TEXTS)
    ]
    accepted = [result.provider_id for result in sent if result.outcome is SendOutcome.ACCEPTED]
    listed = [entry.provider_id for entry in await hub.listed(TO, begun)]
    await hub.close()
    fetched = await _fetch(url, account, accepted[-1]) if accepted else {}
    echo(f"twilio: {len(accepted)} accepted, {len(listed)} listed, fetched {fetched.get('status')}")
    if len(accepted) == TEXTS and listed == accepted[::-1] and fetched.get("sid") == accepted[-1]:
        return []
    return ["what was sent, listed and fetched is not the same"]


async def _fetch(url: str, account: tuple[str, str], sid: str) -> dict[str, Any]:
    headers = {"Authorization": aiohttp.encode_basic_auth(*account)}
    path = FETCH.format(AccountSid=account[0], Sid=sid)
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.get(url + path) as answer,
    ):
        fetched: dict[str, Any] = await answer.json(content_type=None)
        return fetched


async def _is_awake(proxy: str, account: tuple[str, str]) -> bool:
    """Send what the contract forbids: only a proxy that objects can clear the rest."""
    headers = {"Authorization": aiohttp.encode_basic_auth(*account)}
    url = proxy + LIST.format(AccountSid=account[0])
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.post(url, data={"Body": "without a number"}) as answer,
    ):
        return answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
