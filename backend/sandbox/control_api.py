"""Routes that control the sandbox: list what arrived, count requests, set misbehaviour."""

from importlib.resources import files

import msgspec
from aiohttp import web

from backend.sandbox.peer import PEER
from backend.sandbox.provider.behaviour import BehaviourChange
from backend.sandbox.provider.forms import json_answer

PREFIX = "/sandbox"
"""All of it answers below this prefix too, so that a proxy may strip it or leave it."""
_PAGE = files("backend.sandbox").joinpath("page.html").read_bytes()
_PAGE_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
}


async def messages(request: web.Request) -> web.Response:
    return json_answer(request.app[PEER].phones.shown())


async def forget_messages(request: web.Request) -> web.Response:
    request.app[PEER].phones.forget()
    return web.Response(status=204)


async def pushes(request: web.Request) -> web.Response:
    return json_answer(request.app[PEER].pushes.bodies())


async def ledger(request: web.Request) -> web.Response:
    return json_answer(request.app[PEER].ledger.entries())


async def behaviour(request: web.Request) -> web.Response:
    return json_answer(request.app[PEER].behaviour.moods)


async def change_behaviour(request: web.Request) -> web.Response:
    try:
        change = msgspec.json.decode(await request.read(), type=BehaviourChange)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        return json_answer({"error": str(wrong)}, 400)
    request.app[PEER].behaviour.change(change)
    return await behaviour(request)


async def page(_: web.Request) -> web.Response:
    return web.Response(
        body=_PAGE, content_type="text/html", charset="utf-8", headers=_PAGE_HEADERS
    )


async def to_the_page(_: web.Request) -> web.Response:
    """Redirect to the address with a slash: the page asks for `messages` beside itself."""
    return web.Response(status=308, headers={"Location": f".{PREFIX}/"})


ROUTES = [
    route
    for prefix in ("", PREFIX)
    for route in (
        web.get(f"{prefix}/messages", messages),
        web.delete(f"{prefix}/messages", forget_messages),
        web.get(f"{prefix}/pushes", pushes),
        web.get(f"{prefix}/ledger", ledger),
        web.get(f"{prefix}/behaviour", behaviour),
        web.put(f"{prefix}/behaviour", change_behaviour),
        web.get(f"{prefix}/", page),
    )
]
ROUTES.append(web.get(PREFIX, to_the_page))
