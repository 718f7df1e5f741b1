"""What the sandbox counts and shows survives it; the page and its routes answer anyone here."""

import aiohttp
import pytest

from backend.sandbox.app import Files, create_sandbox
from backend.sandbox.serving import NotLoopback, running
from tests.sandbox.conftest import ACCOUNT, LAN, TOKEN, Provider


def again(files: Files, client: aiohttp.ClientSession, url: str) -> Provider:
    assert files.service_account
    return Provider(url, client, files.service_account)


async def test_a_request_is_counted_whatever_becomes_of_it(provider: Provider) -> None:
    await provider.text(body="Ket qua da co. AB2CD")
    await provider.text(to="nobody")
    await provider.ask("GET", f"{provider.messages_url}.json", headers={})
    await provider.push({"token": "phone-1"}, bearer="wrong")

    ledger = await provider.get("/ledger")

    assert [(entry["seq"], entry["method"], entry["channel"]) for entry in ledger] == [
        (1, "POST", "sms"),
        (2, "POST", "sms"),
        (3, "GET", "sms"),
        (4, "POST", "push"),
    ]
    assert [entry["reference"] for entry in ledger] == ["AB2CD", "AB2CD", None, None]


async def test_a_killed_sandbox_has_lost_nothing(
    files: Files, client: aiohttp.ClientSession
) -> None:
    async with running(create_sandbox(ACCOUNT, TOKEN, files=files)) as url:
        before = again(files, client, url)
        _, _, text = await before.text()
        bearer = await before.access_token()
        counted, shown = await before.get("/ledger"), await before.get("/messages")
    assert files.ledger
    with files.ledger.open("ab") as torn:
        torn.write(b'{"seq": 3, "at"')

    async with running(create_sandbox(ACCOUNT, TOKEN, files=files)) as url:
        after = again(files, client, url)
        assert await after.get("/ledger") == counted
        assert await after.get("/messages") == shown
        _, _, page = await after.ask("GET", f"{after.messages_url}.json?To=%2B84912345678")
        status, _, _ = await after.push({"token": "phone-1"}, bearer=bearer)
        ledger = await after.get("/ledger")

    assert [listed["sid"] for listed in page["messages"]] == [text["sid"]]
    assert status == 200
    assert [entry["seq"] for entry in ledger] == [1, 2, 3, 4]
    assert len(files.ledger.read_bytes().splitlines()) == 4


async def test_forgotten_messages_stay_forgotten_but_twilio_still_lists_them(
    files: Files, client: aiohttp.ClientSession
) -> None:
    async with running(create_sandbox(ACCOUNT, TOKEN, files=files)) as url:
        before = again(files, client, url)
        await before.text()
        status, _, _ = await before.ask("DELETE", f"{url}/messages", headers={})
        assert (status, await before.get("/messages")) == (204, [])

    async with running(create_sandbox(ACCOUNT, TOKEN, files=files)) as url:
        after = again(files, client, url)
        assert await after.get("/messages") == []
        _, _, page = await after.ask("GET", f"{after.messages_url}.json")

    assert [text["to"] for text in page["messages"]] == [LAN]


@pytest.mark.parametrize("path", ["/sandbox", "/sandbox/", "/"])
async def test_the_page_shows_the_phones_and_loads_nothing_else(
    provider: Provider, path: str
) -> None:
    async with provider.client.get(f"{provider.url}{path}") as answer:
        page = await answer.text()

    assert (answer.status, answer.content_type) == (200, "text/html")
    assert answer.url.path.endswith("/")
    assert 'lang="vi"' in page
    assert "://" not in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_the_control_routes_answer_below_the_page_too(provider: Provider) -> None:
    await provider.text()

    assert await provider.get("/sandbox/messages") == await provider.get("/messages")


async def test_nobody_outside_this_machine_can_reach_it() -> None:
    with pytest.raises(NotLoopback):
        async with running(create_sandbox(ACCOUNT, TOKEN), host="0.0.0.0"):  # noqa: S104  # refused
            pass
