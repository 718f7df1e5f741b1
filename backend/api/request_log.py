"""Middleware around every request: one spelling, one log line, one count, safe headers."""

from functools import cache
from time import monotonic
from typing import Any, Final

from litestar import Litestar
from litestar.enums import HttpMethod, ScopeType
from litestar.status_codes import HTTP_401_UNAUTHORIZED, HTTP_408_REQUEST_TIMEOUT
from litestar.types import (
    ASGIApp,
    HTTPResponseStartEvent,
    HTTPScope,
    Message,
    Receive,
    Scope,
    Send,
)
from prometheus_client import Counter

from backend.api.request_target import is_one_spelling
from backend.auth.access.challenges import Knock, challenge
from backend.core.errors import HubError, NotFound
from backend.core.http.head import as_get, without_body
from backend.core.http.public import open_to_all
from backend.core.log import log
from backend.core.metrics import REQUESTS
from backend.core.settings import load_settings
from backend.intake.fhir.responses import refusal

ON_EVERY_ANSWER: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
NO_ROUTE: Final = "unmatched"
"""Stands for the address in logs and counts when no route was found: never the path itself."""
NO_ANSWER: Final = 0
"""Stands for the status when the caller left, or the process stopped, before there was one."""


class UnreadableAddress(HubError):
    """The address contains what no address of this hub contains."""

    code = "unreadable_address"


def log_requests(app: Litestar) -> None:
    """Wrap the whole app, so that requests without a route are logged too."""
    app.asgi_handler = logged(app.asgi_handler, app)


def logged(inner: ASGIApp, app: Litestar) -> ASGIApp:
    async def seen(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await inner(scope, receive, send)
            return
        began, status, method = monotonic(), NO_ANSWER, scope["method"]
        if method == HttpMethod.HEAD:
            scope, send = as_get(scope), without_body(send)

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, scope)
            await send(message)

        try:
            why = _unreadable(scope)
            answered = inner if why is None else _refuse(app, why)
            await answered(scope, receive, answering)
        finally:
            _note(scope, method, status, monotonic() - began)

    return seen


def _unreadable(scope: HTTPScope) -> HubError | None:
    """Say why no route may see this address. PostgreSQL cannot hold NUL, so nobody looks for it."""
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return UnreadableAddress()
    return None if is_one_spelling(scope) else NotFound()


def _refuse(app: Litestar, why: HubError) -> ASGIApp:
    async def refused(scope: Scope, receive: Receive, send: Send) -> None:
        request: Any = app.request_class(scope, receive, send)
        answer = refusal(why, request).to_asgi_response(app=None, request=request)
        await answer(scope, receive, send)

    return refused


def _add_headers(message: HTTPResponseStartEvent, scope: HTTPScope) -> None:
    headers, status = list(message["headers"]), message["status"]
    named = {name.lower() for name, _ in headers}
    headers += [header for header in ON_EVERY_ANSWER if header[0] not in named]
    if status == HTTP_408_REQUEST_TIMEOUT and b"connection" not in named:
        headers.append((b"connection", b"close"))  # the rest of the body is not waited for
    if status == HTTP_401_UNAUTHORIZED and b"www-authenticate" not in named:
        headers.append((b"www-authenticate", challenge(_knock(scope)).encode("latin-1")))
    message["headers"] = headers


def _knock(scope: HTTPScope) -> Knock:
    shown = [value for name, value in scope["headers"] if name == b"authorization"]
    route = scope.get("route_handler")
    return Knock(
        path=scope["path"],
        scheme=shown[0].partition(b" ")[0].decode("latin-1") if len(shown) == 1 else "",
        is_judged=route is not None and open_to_all not in route.resolve_guards(),
        only_bound=load_settings().require_dpop,
    )


def _note(scope: HTTPScope, method: str, status: int, seconds: float) -> None:
    route = scope.get("path_template") or NO_ROUTE
    _count_of(route, status).inc()
    log.info("request", route=route, method=method, status=status, seconds=round(seconds, 4))


@cache
def _count_of(route: str, status: int) -> Counter:
    """Give the count of an answer of a route: there are few of either, and looking costs time."""
    return REQUESTS.labels(route, str(status))
