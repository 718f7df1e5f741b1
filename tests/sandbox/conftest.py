"""A running sandbox, a client for it, and a hub that hears its status callbacks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from firebase_admin import credentials

from backend.sandbox.app import Files, create_sandbox
from backend.sandbox.serving import running

ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token-of-the-test"
LAN = "+84912345678"
Patiently = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


def authorization(token: str) -> dict[str, str]:
    return {"Authorization": aiohttp.encode_basic_auth(ACCOUNT, token)}


@dataclass(frozen=True)
class Provider:
    """One sandbox, seen from outside."""

    url: str
    client: aiohttp.ClientSession
    key_file: Path

    @property
    def messages_url(self) -> str:
        return f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/Messages"

    async def text(self, to: str = LAN, body: str = "Ket qua da co. AB2CD", **more: str) -> Any:
        """Send one, and give status, headers and body."""
        fields = {"To": to, "From": "BENHVIEN", "Body": body, **more}
        return await self.ask("POST", f"{self.messages_url}.json", data=fields)

    async def push(self, message: dict[str, Any], bearer: str | None = None, **more: Any) -> Any:
        bearer = bearer or await self.access_token()
        return await self.ask(
            "POST",
            f"{self.url}/v1/projects/patient-hub-sandbox/messages:send",
            json={"message": message, **more},
            headers={"Authorization": f"Bearer {bearer}"},
        )

    async def access_token(self) -> str:
        key = credentials.Certificate(str(self.key_file))
        token = await asyncio.to_thread(key.get_access_token)
        return str(token.access_token)

    async def ask(self, method: str, url: str, **how: Any) -> Any:
        how.setdefault("headers", authorization(TOKEN))
        async with self.client.request(method, url, **how) as answer:
            return answer.status, answer.headers, await answer.json(content_type=None)

    async def get(self, path: str) -> Any:
        return (await self.ask("GET", f"{self.url}{path}", headers={}))[2]

    async def misbehave(self, **moods: Any) -> None:
        status, _, _ = await self.ask("PUT", f"{self.url}/behaviour", headers={}, json=moods)
        assert status == 200


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "google.json", tmp_path / "ledger", tmp_path / "accepted")


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


@pytest.fixture
async def provider(client: aiohttp.ClientSession, files: Files) -> AsyncIterator[Provider]:
    assert files.service_account
    async with running(create_sandbox(ACCOUNT, TOKEN, files=files)) as url:
        yield Provider(url, client, files.service_account)


@dataclass
class Ear:
    """The hub's receipt endpoint: keeps what it hears, answers what it is told."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    heard: asyncio.Queue[tuple[str, dict[str, str]]] = field(default_factory=asyncio.Queue)

    async def listen(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.heard.put_nowait((request.headers["X-Twilio-Signature"], form))
        return web.Response(status=self.answers.pop(0) if self.answers else 204)

    async def next(self) -> tuple[str, dict[str, str]]:
        async with asyncio.timeout(5):
            return await self.heard.get()


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    ear = Ear()
    app = web.Application()
    app.add_routes([web.post("/receipts/{attempt}", ear.listen)])
    async with running(app) as url:
        ear.url = f"{url}/receipts/0190b0c0?b=2&a=%20x"
        yield ear


@pytest.fixture
def patiently() -> Patiently:
    """Ask again until it is so; every question is a round trip, none is a nap."""

    async def wait(so: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(5):
            while not await so():
                pass

    return wait
