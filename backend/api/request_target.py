"""Lets every address have one spelling, and says which methods an address takes.

A proxy that shuts a door by its path must not be passed by another spelling of it. So whatever is
not written as in the contract is not found, before the router looks at it.
"""

import re
from collections.abc import Awaitable
from typing import Final
from uuid import UUID

from litestar.enums import HttpMethod, ScopeType
from litestar.plugins import ReceiveRoutePlugin
from litestar.response.base import ASGIResponse
from litestar.routes import BaseRoute, HTTPRoute
from litestar.status_codes import HTTP_204_NO_CONTENT
from litestar.types import ASGIApp, HTTPScope, Receive, RouteHandlerType, Scope, Send

from backend.core.errors import NotFound
from backend.core.http.head import allowed

_PLAIN: Final = rb"[A-Za-z0-9\-._~!$&'()*+,;=:@]"
"""What a segment of a path may hold as it is (RFC 3986, 3.3)."""
_NEEDLESS: Final = rb"2[DdEeFf]|25|3[0-9]|4[1-9A-Fa-f]|5[0-9AaCcFf]|6[1-9A-Fa-f]|7[0-9AaEeFf]|[01]."
"""What nobody needs to encode, or what would be a slash, a backslash, a percent sign or a control
character: these make two spellings of one address."""
_ENCODED: Final = rb"%(?!" + _NEEDLESS + rb")[0-9A-Fa-f]{2}"
_SEGMENT: Final = rb"(?!\.\.?(?:/|\Z))(?:" + _PLAIN + rb"++|" + _ENCODED + rb")++"
_SPELLED: Final = re.compile(rb"/(?:" + _SEGMENT + rb"(?:/" + _SEGMENT + rb")*)?")
_FHIR: Final = b"/fhir/R4/"
_NOT_UNICODE: Final = "�"
"""Stands for the bytes that are no UTF-8, whichever they were."""


def is_one_spelling(scope: HTTPScope) -> bool:
    """Say whether a path is written in the only way that its address may be written.

    It begins with a slash, and has no empty segment, no `.` or `..`, and no slash at its end: but
    for addresses of FHIR, whose clients write one. What a parameter needs encoded may be encoded,
    and nothing else.
    """
    raw = scope.get("raw_path")
    raw = scope["path"].encode() if raw is None else raw
    if raw.startswith(_FHIR):
        raw = raw.removesuffix(b"/")
    return _SPELLED.fullmatch(raw) is not None and _NOT_UNICODE not in scope["path"]


class RequestTargets(ReceiveRoutePlugin):
    """Notes the methods of each route at registration, and answers OPTIONS with them."""

    def __init__(self) -> None:
        self._allowed: dict[RouteHandlerType, str] = {}

    def receive_route(self, route: BaseRoute) -> None:
        if isinstance(route, HTTPRoute):
            handler, _ = route.route_handler_map[HttpMethod.OPTIONS]
            self._allowed[handler] = allowed(route.methods)

    def as_written(self, app: ASGIApp) -> ASGIApp:
        """Wrap the routes behind Litestar's router, before their guards."""

        def guarded(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            if scope["type"] == ScopeType.HTTP:
                if scope["method"] == HttpMethod.OPTIONS:
                    return self._options(scope["route_handler"])(scope, receive, send)
                if scope["path_params"]:
                    _check_ids(scope)
            return app(scope, receive, send)

        return guarded

    def _options(self, handler: RouteHandlerType) -> ASGIResponse:
        return ASGIResponse(
            status_code=HTTP_204_NO_CONTENT, headers={"Allow": self._allowed[handler]}
        )


def _check_ids(scope: HTTPScope) -> None:
    """Refuse an id without its hyphens, or with braces or a prefix: Python would read it."""
    path = scope["path"].lower() + "/"
    for value in scope["path_params"].values():
        if isinstance(value, UUID) and f"/{value}/" not in path:
            raise NotFound
