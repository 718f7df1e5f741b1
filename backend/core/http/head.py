"""Answers HEAD as GET without the body (RFC 9110, 9.3.2), whatever the route is."""

from collections.abc import Iterable
from typing import Any, Final

from litestar.enums import HttpMethod
from litestar.types import HTTPResponseBodyEvent, HTTPScope, Message, Scope, Send

_ASKED: Final = "hub.head"
"""An ASGI extension: says to who asks that the caller sent HEAD."""


def as_get(scope: HTTPScope) -> HTTPScope:
    """Give the scope of the GET that a HEAD stands for: same guard, same route, same audit row."""
    known: dict[str, Any] = {**(scope.get("extensions") or {}), _ASKED: {}}
    return {**scope, "method": HttpMethod.GET, "extensions": known}


def is_head(scope: Scope) -> bool:
    return _ASKED in (scope.get("extensions") or {})


def method_of(scope: Scope) -> str:
    """Give the method that the caller sent, for what is signed over it."""
    method: str = HttpMethod.HEAD if is_head(scope) else scope["method"]  # type: ignore[typeddict-item]  # all routes of the hub are HTTP
    return method


def without_body(send: Send) -> Send:
    """Send the start of an answer and end it there; what the route says after it is dropped."""

    async def sending(message: Message) -> None:
        if message["type"] != "http.response.start":
            return
        await send(message)
        await send(HTTPResponseBodyEvent(type="http.response.body", body=b"", more_body=False))

    return sending


def allowed(methods: Iterable[str]) -> str:
    """Write the methods of an address as `Allow` does."""
    listed = set(methods)
    return ", ".join(sorted(listed | ({"HEAD"} if "GET" in listed else set())))
