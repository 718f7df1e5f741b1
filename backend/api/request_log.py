"""Middleware around every request: one log line, one count, safe headers."""

from time import monotonic
from typing import Any, Final

from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from backend.core.errors import HubError
from backend.core.http.problem_details import problem
from backend.core.log import log
from backend.core.metrics import REQUESTS

ON_EVERY_ANSWER: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
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
        began, status = monotonic(), NO_ANSWER

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message)
            await send(message)

        try:
            await (inner if _is_readable(scope) else _refuse(app))(scope, receive, answering)
        finally:
            _note(scope, status, monotonic() - began)

    return seen


def _is_readable(scope: Scope) -> bool:
    """PostgreSQL cannot hold NUL, and nothing that we look up contains one."""
    return "\0" not in scope["path"] and b"%00" not in scope["query_string"]


def _refuse(app: Litestar) -> ASGIApp:
    async def refused(scope: Scope, receive: Receive, send: Send) -> None:
        request: Any = app.request_class(scope, receive, send)
        answer = problem(UnreadableAddress(), request).to_asgi_response(app=None, request=request)
        await answer(scope, receive, send)

    return refused


def _add_headers(message: Message) -> None:
    headers = MutableScopeHeaders.from_message(message)
    for name, value in ON_EVERY_ANSWER.items():
        headers.setdefault(name, value)


def _note(scope: HTTPScope, status: int, seconds: float) -> None:
    route = scope.get("path_template") or NO_ROUTE
    REQUESTS.labels(route, str(status)).inc()
    log.info(
        "request", route=route, method=scope["method"], status=status, seconds=round(seconds, 4)
    )
