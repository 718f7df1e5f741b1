"""Holds our texts and the sandbox's answers against Twilio's own OpenAPI file, through Prism."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from typer import echo

from conformance.prism import proxying, reduced

SPEC = Path("twilio_openapi", "spec", "json", "twilio_api_v2010.json")
LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
FETCH = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
TO = "+84912345678"


def _as_twilio_answers(spec: dict[str, Any]) -> dict[str, Any]:
    """Let the addresses of pages be relative: the file says `uri`, its own examples are none."""
    answer = spec["paths"][LIST]["get"]["responses"]["200"]["content"]["application/json"]
    for name, field in answer["schema"]["properties"].items():
        if name.endswith("uri"):
            field["format"] = "uri-reference"
    return spec


class Watching(AsyncTwilioHttpClient):  # type: ignore[misc]  # twilio has no types
    """Twilio's own client, which also keeps what Prism says in its answers."""

    said: list[str]

    async def request(self, *args: Any, **kwargs: Any) -> Response:
        answer = await super().request(*args, **kwargs)
        violations = answer.headers.get("sl-violations")
        if violations or "problem+json" in answer.headers.get("Content-Type", ""):
            self.said.append(violations or answer.text)
        return answer


async def check_twilio(
    data: Path, sandbox: str, account: tuple[str, str], prism: Path, folder: Path
) -> list[str]:
    """Give what is wrong; nothing, when both sides are what Twilio describes."""
    spec = _as_twilio_answers(reduced(json.loads((data / SPEC).read_text()), [LIST, FETCH]))
    async with proxying(prism, spec, sandbox, folder) as proxy:
        if not await _is_awake(proxy, account):
            return ["twilio: Prism lets a text without a number pass: it checks nothing"]
        return await _violations(proxy, account)


async def _violations(proxy: str, account: tuple[str, str]) -> list[str]:
    async with Watching() as http:
        http.said = []
        twilio = Client(*account, http_client=http)
        twilio.api.base_url = proxy
        with suppress(TwilioException):  # Prism has answered in Twilio's place, and is quoted
            echo(f"twilio: {await _use(twilio.messages)}")
        echo(f"twilio: {len(http.said)} violations")
        return [f"twilio: {violation}" for violation in http.said]


async def _use(messages: Any) -> str:
    """Send two texts, list them page by page, fetch one."""
    text = {
        "to": TO,
        "from_": "BENHVIEN",
        "body": "Ket qua da co, quay 3. AB2CD",
        "validity_period": 3600,
        "status_callback": "http://127.0.0.1:9/providers/twilio/receipts/0190b0c0",
    }
    await messages.create_async(**text)
    sent = await messages.create_async(**text)
    listed = await messages.list_async(to=TO, page_size=1)
    fetched = await messages(sent.sid).fetch_async()
    return f"create {sent.status}, list {len(listed)}, fetch {fetched.sid == sent.sid}"


async def _is_awake(proxy: str, account: tuple[str, str]) -> bool:
    """Send what the contract forbids: only a proxy that objects can clear the rest."""
    headers = {"Authorization": aiohttp.encode_basic_auth(*account)}
    url = proxy + LIST.format(AccountSid=account[0])
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.post(url, data={"Body": "without a number"}) as answer,
    ):
        return "sl-violations" in answer.headers or answer.status == 422  # noqa: PLR2004  # Prism's
