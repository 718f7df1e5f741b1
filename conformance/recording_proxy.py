"""Stands before Prism and keeps its objections: a gateway tells its outcome in one word only."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from backend.sandbox.serving import running

_OF_THIS_HOP = {"host", "connection", "content-length", "transfer-encoding", "content-encoding"}


@dataclass
class Recorded:
    url: str = ""
    requests: int = 0
    violations: list[str] = field(default_factory=list)


@asynccontextmanager
async def recording(upstream: str) -> AsyncIterator[Recorded]:
    heard = Recorded()
    async with aiohttp.ClientSession(auto_decompress=False) as client:

        async def pass_on(request: web.Request) -> web.Response:
            async with client.request(
                request.method,
                URL(upstream + request.raw_path, encoded=True),
                headers=_kept(request.headers.items()),
                data=await request.read(),
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
                _note(heard, answer, body)
                return web.Response(
                    body=body, status=answer.status, headers=_kept(answer.headers.items())
                )

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", pass_on)
        async with running(app) as heard.url:
            yield heard


def _note(heard: Recorded, answer: aiohttp.ClientResponse, body: bytes) -> None:
    heard.requests += 1
    violations = answer.headers.get("sl-violations")
    if violations or "problem+json" in answer.headers.get("Content-Type", ""):
        heard.violations.append(violations or body.decode())


def _kept(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _OF_THIS_HOP]
