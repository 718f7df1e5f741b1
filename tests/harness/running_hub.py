"""Two API processes, each on a port of its own, and a worker: as they run in production."""

import asyncio
import json
import os
import re
import socket
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from backend.core.subprocesses import end, output_of, start
from backend.sandbox.app import create_sandbox
from backend.sandbox.serving import running
from tests.conftest import Database
from tests.harness.auth.steps import PHONE

PATIENCE: Final = 30.0
LOOK_SECONDS: Final = 0.05
WELL: Final = 400
"""Below it, a request did not fail."""

Answer = dict[str, Any]


@dataclass
class RunningHub:
    """What callers see of it, and how each request of theirs ended."""

    apis: list[httpx.AsyncClient]
    sandbox: httpx.AsyncClient
    environment: dict[str, str]
    ended: Counter[tuple[str, int]] = field(default_factory=Counter)

    async def ask(self, api: int, method: str, path: str, **how: Any) -> httpx.Response:
        answer = await self.apis[api].request(method, path, **how)
        self.ended[f"{method} {path}", answer.status_code] += 1
        return answer

    async def refused(self, api: int, token: str) -> bool:
        """Ask with a token that should no longer be good; this is no failure."""
        answer = await self.apis[api].get("/v1/me/devices", headers=bearer(token))
        return answer.status_code == httpx.codes.UNAUTHORIZED

    @property
    def failed(self) -> dict[tuple[str, int], int]:
        return {what: n for what, n in self.ended.items() if what[1] >= WELL}

    async def sign_in(self, api: int, citizen_id: str, mobile: str) -> Answer:
        """Ask one API for a code, read the text, and show the code to the other."""
        wanted = {"citizenId": citizen_id, "phone": mobile}
        asked = await self.ask(api, "POST", "/v1/sign-in/codes", json=wanted)
        async with asyncio.timeout(PATIENCE):
            while not (code := await self._code_on(mobile)):  # noqa: ASYNC110  # a worker sends it
                await asyncio.sleep(LOOK_SECONDS)
        shown = {"challengeId": asked.json()["challengeId"], "code": code, "device": PHONE}
        answer = await self.ask(1 - api, "POST", "/v1/sign-in/sessions", json=shown)
        tokens: Answer = answer.json()
        return tokens

    async def _code_on(self, mobile: str) -> str:
        texts = (await self.sandbox.get("/messages")).json()
        there = [each["text"] for each in texts if each["to"].endswith(mobile[1:])]
        found = re.search(r"\b\d{6}\b", there[-1]) if there else None
        return found[0] if found else ""

    async def command(self, *words: str) -> list[Answer]:
        """Run one of `hub keys`, as an operator does."""
        lines = (await output_of(["keys", *words], self.environment)).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def running_hub(database: Database, folder: Path) -> AsyncIterator[RunningHub]:
    account, token = os.environ["HUB_TWILIO_ACCOUNT_SID"], os.environ["HUB_TWILIO_AUTH_TOKEN"]
    servers = database.servers
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(running(create_sandbox(account, token)))
        sockets = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024))
            for _ in range(2)
        ]
        urls = [f"http://127.0.0.1:{each.getsockname()[1]}" for each in sockets]
        environment = {
            "HUB_REDIS_URL": servers.redis_url,
            "HUB_PUBLIC_URL": urls[0],
            "HUB_TWILIO_BASE_URL": provider,
            "HUB_POOL_SIZE": "4",
            "HUB_DATABASE_URL": servers.database_url("hub_api"),
            "HUB_DATABASE_OWNER_URL": servers.database_url("postgres"),
        }
        as_worker = {**environment, "HUB_DATABASE_URL": servers.database_url("hub_worker")}
        log = folder / "hub.log"
        started: list[Process] = [
            *[
                await start(
                    ["api", "--fd", str(each.fileno())], environment, log=log,
                    inherited=[each.fileno()],
                )
                for each in sockets
            ],
            await start(["worker"], as_worker, log=log),
        ]  # fmt: skip
        for each in started:
            stack.push_async_callback(end, each)
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=PATIENCE))
            for url in (*urls, provider)
        ]
        for client in clients[:2]:
            (await client.get("/health/ready")).raise_for_status()
        yield RunningHub(clients[:2], clients[2], environment)
