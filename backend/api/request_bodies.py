"""Accepts a request body only if its type, its size and its JSON are what the route takes.

Type and announced size are checked before any guard, after the query parameters. The body itself
is read and checked when the route needs it, so a request that a guard refuses costs no parsing.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.message import Message as Headers
from typing import Any, Final

from litestar import Request
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPRequestEvent, Receive, Scope, Send

from backend.core.errors import HubError, Issue
from backend.core.http.strict_json import AmbiguousJson, check_json
from backend.intake.fhir.model.parsing import LARGEST

MEBIBYTE: Final = 1024 * 1024
SECONDS_TO_SEND: Final = 30.0
"""A body that takes longer than this to arrive is not waited for."""


class KindNotTaken(HubError):
    """A body of that content type is not taken here."""

    code = "unsupported_media_type"
    status = 415


class BodyTooLarge(HubError):
    """The body is larger than this address takes."""

    code = "body_too_large"
    status = 413


class BodyTooSlow(HubError):
    """The body did not arrive in time."""

    code = "body_too_slow"
    status = 408


class MalformedBody(HubError):
    """The body cannot be read."""

    code = "malformed_body"
    status = 400


class BodyNotTaken(HubError):
    """No body is taken here."""

    code = "body_not_taken"
    status = 400


class SenderGone(HubError):
    """The connection was closed before the body had arrived."""

    code = "sender_gone"
    status = 400


def check_form(body: bytes) -> None:
    """Refuse what no form of a browser or provider contains."""
    if not body.isascii() or b"\0" in body or b"%00" in body:
        raise AmbiguousJson("It is not a form.")


@dataclass(frozen=True, slots=True)
class BodyKind:
    """The type and size of body that a route takes."""

    media_types: frozenset[str]
    largest: int
    check: Callable[[bytes], None]


JSON: Final = BodyKind(frozenset({"application/json"}), 2 * MEBIBYTE, check_json)
FHIR: Final = BodyKind(
    frozenset({"application/fhir+json", "application/json"}), LARGEST, check_json
)
FORM: Final = BodyKind(frozenset({"application/x-www-form-urlencoded"}), MEBIBYTE // 16, check_form)

BY_PATH: Final = (("/fhir/", FHIR), ("/providers/", FORM))
"""Which addresses take something else than JSON."""
READS_A_BODY: Final = frozenset({"data", "body", "request"})
"""What Litestar calls the parameters through which a route sees its body."""
NOTHING_SAID: Final = frozenset({b"", b"{}"})
CARRIES_A_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def kind_for(path: str) -> BodyKind:
    return next((kind for start, kind in BY_PATH if path.startswith(start)), JSON)


def checked(app: ASGIApp) -> ASGIApp:
    """Wrap the routes behind Litestar's router in the check of bodies."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["method"] in CARRIES_A_BODY:
            kind = kind_for(scope["path"])
            declared = _check_headers(scope["headers"], kind)
            receive = _checked(receive, kind, declared=declared)
        await app(scope, receive, send)

    return guarded


async def read_body(request: Request[Any, Any, Any]) -> None:
    """Check every body behind the guards, also if the route does not use it."""
    if request.method not in CARRIES_A_BODY:
        return
    body = await request.body()
    if body.strip() not in NOTHING_SAID and not takes_a_body(request.route_handler):
        raise BodyNotTaken


def takes_a_body(route: HTTPRouteHandler) -> bool:
    return not READS_A_BODY.isdisjoint(route.parsed_fn_signature.parameters)


def _check_headers(headers: Iterable[tuple[bytes, bytes]], kind: BodyKind) -> bool:
    """Refuse a wrong content type or size; say whether a content type was given at all."""
    headers = tuple(headers)
    types = [value for name, value in headers if name == b"content-type"]
    encodings = [value for name, value in headers if name == b"content-encoding"]
    if len(types) > 1 or any(encoding.lower() != b"identity" for encoding in encodings):
        raise KindNotTaken
    if types and not _is_taken(types[0].decode("latin-1"), kind):
        raise KindNotTaken
    for name, value in headers:
        if name == b"content-length" and (not value.isdigit() or int(value) > kind.largest):
            raise BodyTooLarge
    return bool(types)


def _is_taken(content_type: str, kind: BodyKind) -> bool:
    header = Headers()
    header["content-type"] = content_type
    charset = header.get_content_charset("utf-8")
    return header.get_content_type() in kind.media_types and charset in {"utf-8", "utf8"}


def _checked(receive: Receive, kind: BodyKind, *, declared: bool) -> Receive:
    """Give the whole body at once, checked, the first time somebody asks."""
    given = False

    async def asked() -> HTTPReceiveMessage:
        nonlocal given
        if given:
            return await receive()  # type: ignore[return-value]  # an http scope has no other kind
        given = True
        body = await _whole(receive, kind.largest)
        if body:
            _check(body, kind, declared=declared)
        return HTTPRequestEvent(type="http.request", body=body, more_body=False)

    return asked


async def _whole(receive: Receive, largest: int, patience: float = SECONDS_TO_SEND) -> bytes:
    parts: list[bytes] = []
    size, more = 0, True
    try:
        async with asyncio.timeout(patience):
            while more:
                message = await receive()
                if message["type"] != "http.request":
                    raise SenderGone
                parts.append(message["body"])
                size, more = size + len(parts[-1]), message.get("more_body", False)
                if size > largest:
                    raise BodyTooLarge
    except TimeoutError:
        raise BodyTooSlow from None
    return b"".join(parts)


def _check(body: bytes, kind: BodyKind, *, declared: bool) -> None:
    if not declared:
        raise KindNotTaken
    try:
        kind.check(body)
    except AmbiguousJson as why:
        raise MalformedBody(faults=[Issue("$", str(why))]) from None
