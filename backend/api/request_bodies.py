"""Accepts a request body only if its type, its size and its JSON are what the route takes.

Type and announced size are checked before any guard, after the query parameters. The body itself
is read and checked behind the guards, so a request that a guard refuses costs no reading. A body
that would hold this process up goes to a file and is read by the helper (`large_bodies`).
"""

import codecs
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from email.message import Message as Headers
from functools import lru_cache
from typing import Any, Final

from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, HTTPReceiveMessage, HTTPRequestEvent, Receive, Scope, Send

from backend.api.arriving_body import ArrivingBody, BodyTooLarge
from backend.api.large_bodies.relay import READ_HERE, LargeBodies
from backend.core.errors import HubError, Issue
from backend.core.http.public import open_to_all
from backend.core.http.strict_json import AmbiguousJson, check_json, most_values
from backend.intake.fhir.formats import is_of_r4
from backend.intake.fhir.model.parsing import LARGEST

KIBIBYTE: Final = 1024
OF_ANYBODY: Final = 16 * KIBIBYTE
"""Bytes that are taken from who has shown nothing."""
OF_THE_KNOWN: Final = 64 * KIBIBYTE
"""Bytes of JSON that are taken from patients, staff and hospitals: ten times what any needs."""
VALUES_READ_HERE: Final = 10_000
"""Values of a FHIR body that this process reads itself: 50 ms, and 400 observations."""
MOST_VALUES: Final = 250_000
"""Values that one body may have: 10,000 observations, and 200 MB of the helper."""


class KindNotTaken(HubError):
    """A body of that content type is not taken here."""

    code = "unsupported_media_type"
    status = 415


class MalformedBody(HubError):
    """The body cannot be read."""

    code = "malformed_body"
    status = 400


class BodyNotTaken(HubError):
    """No body is taken here."""

    code = "body_not_taken"
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
    may_be_packed: bool = False


def check_fhir(body: bytes) -> None:
    """Check the JSON of a body, unless it is of more values than anybody here can hold.

    Raises:
        BodyTooLarge: it is.
        AmbiguousJson: it is not JSON, or not unambiguous.
    """
    if most_values(body) > MOST_VALUES:
        raise BodyTooLarge(faults=[Issue("$", f"It has more than {MOST_VALUES} values.")])
    check_json(body)


JSON: Final = BodyKind(frozenset({"application/json"}), OF_THE_KNOWN, check_json)
FHIR: Final = BodyKind(
    frozenset({"application/fhir+json", "application/json"}), LARGEST, check_fhir,
    may_be_packed=True,
)  # fmt: skip
FORM: Final = BodyKind(frozenset({"application/x-www-form-urlencoded"}), OF_ANYBODY, check_form)

BY_PATH: Final = (("/fhir/", FHIR), ("/providers/", FORM))
"""Which addresses take something else than JSON."""
READS_A_BODY: Final = frozenset({"data", "body", "request"})
"""What Litestar calls the parameters through which a route sees its body."""
_BODY: Final = "arriving_body"
"""Where the state of a request has its `ArrivingBody`."""
_HELD: Final = "held_bodies"
"""Where it has what lasts until the answer: the room in memory for its body."""
_PACKED: Final = frozenset({b"gzip", b"x-gzip"})
NOTHING_SAID: Final = frozenset({b"", b"{}"})
CARRIES_A_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def kind_for(path: str) -> BodyKind:
    return next((kind for start, kind in BY_PATH if path.startswith(start)), JSON)


def checked(app: ASGIApp) -> ASGIApp:
    """Wrap the routes behind Litestar's router in the check of bodies."""

    def guarded(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == ScopeType.HTTP and scope["method"] in CARRIES_A_BODY:
            return with_body(scope, receive, send)
        return app(scope, receive, send)

    async def with_body(scope: Scope, receive: Receive, send: Send) -> None:
        kind = _kind_at(scope)
        declared, announced = _check_headers(scope["headers"], kind)
        packed = is_packed(scope["headers"])
        announced = 0 if packed else announced  # nobody has said how large it will be
        body = ArrivingBody(receive, kind.largest, announced, packed=packed)
        scope["state"][_BODY] = body
        receive = _checked(receive, body, kind, declared=declared)
        async with AsyncExitStack() as held:
            scope["state"][_HELD] = held
            await app(scope, receive, send)

    return guarded


async def read_body(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """Check every body behind the guards, also if the route does not use it.

    Gives the answer to a body that the helper has taken in; else the route answers.
    """
    if request.method not in CARRIES_A_BODY:
        return None
    large_bodies: LargeBodies | None = request.app.state.large_bodies
    arriving: ArrivingBody = request.scope["state"][_BODY]
    if large_bodies is not None and arriving.largest > READ_HERE:
        held: AsyncExitStack = request.scope["state"][_HELD]
        await large_bodies.hold(request, arriving, held)
        if await _is_large(arriving):
            await held.aclose()
            if b"content-type" not in dict(request.scope["headers"]):
                raise KindNotTaken
            return await large_bodies.take(request, arriving, request.app.state.failpoint)
        await large_bodies.store_here(arriving, held)
    body = await request.body()
    if body.strip() not in NOTHING_SAID and not takes_a_body(request.route_handler):
        raise BodyNotTaken
    return None


async def _is_large(arriving: ArrivingBody) -> bool:
    """Say whether reading it would hold this process up. No more is read than that takes."""
    if arriving.size > READ_HERE:
        return True
    await arriving.up_to(READ_HERE)
    return arriving.size > READ_HERE or most_values(arriving.peek()) > VALUES_READ_HERE


def takes_a_body(route: HTTPRouteHandler) -> bool:
    return not READS_A_BODY.isdisjoint(route.parsed_fn_signature.parameters)


def _kind_at(scope: Scope) -> BodyKind:
    """Give the kind of a route; one that lets everybody in takes no more than anybody may send."""
    kind = kind_for(scope["path"])
    if open_to_all in scope["route_handler"].resolve_guards():
        return replace(kind, largest=min(kind.largest, OF_ANYBODY))
    return kind


def _check_headers(headers: Iterable[tuple[bytes, bytes]], kind: BodyKind) -> tuple[bool, int]:
    """Refuse a wrong content type or size; say whether a type was given, and the size or 0."""
    headers = tuple(headers)
    types = [value for name, value in headers if name == b"content-type"]
    encodings = [value for name, value in headers if name == b"content-encoding"]
    taken = {b"identity", *(_PACKED if kind.may_be_packed else ())}
    if len(types) > 1 or len(encodings) > 1 or not {e.lower() for e in encodings} <= taken:
        raise KindNotTaken
    if types and not _is_taken(types[0].decode("latin-1"), kind):
        raise KindNotTaken
    lengths = [value for name, value in headers if name == b"content-length"]
    if any(not value.isdigit() or int(value) > kind.largest for value in lengths):
        raise BodyTooLarge
    return bool(types), max(map(int, lengths), default=0)


def is_packed(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Say whether a body is gzip."""
    return any(name == b"content-encoding" and value.lower() in _PACKED for name, value in headers)


@lru_cache(maxsize=64)
def _is_taken(content_type: str, kind: BodyKind) -> bool:
    """Tell whether a kind takes this type. Callers write few of them, and parsing one is slow."""
    header = Headers()
    header["content-type"] = content_type
    charset = header.get_content_charset("utf-8")
    named = header.get_content_type() in kind.media_types and charset in {"utf-8", "utf8"}
    return named and (kind is not FHIR or is_of_r4(content_type))


def _checked(receive: Receive, body: ArrivingBody, kind: BodyKind, *, declared: bool) -> Receive:
    """Give the whole body at once, checked, the first time somebody asks."""
    given = False

    async def asked() -> HTTPReceiveMessage:
        nonlocal given
        if given:
            return await receive()  # type: ignore[return-value]  # an http scope has no other kind
        given = True
        await body.up_to(kind.largest)
        whole = body.taken().removeprefix(codecs.BOM_UTF8 if kind.may_be_packed else b"")
        if whole:
            _check(whole, kind, declared=declared)
        return HTTPRequestEvent(type="http.request", body=whole, more_body=False)

    return asked


def _check(body: bytes, kind: BodyKind, *, declared: bool) -> None:
    if not declared:
        raise KindNotTaken
    try:
        kind.check(body)
    except AmbiguousJson as why:
        raise MalformedBody(faults=[Issue("$", str(why))]) from None
