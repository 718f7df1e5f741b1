"""Refuses query parameters that the route does not know, so that no misspelt one is ignored.

The check reads only the address, before any guard, so known and unknown callers get the same
answer. Neither answer nor log repeats a parameter's name, since it may hold a number.
"""

from collections.abc import Awaitable
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.enums import HttpMethod, ScopeType
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import ASGIApp, Receive, RouteHandlerType, Scope, Send

from backend.core.errors import HubError, Issue

NOT_LOOKED_AT: Final = ("/providers/", "/health/")
"""Providers and probes write their addresses themselves."""
OF_FHIR: Final = frozenset({"_format", "_pretty", "_summary"})
"""What FHIR clients add by themselves (R4, http.html#general). They change nothing here."""


class UnknownParameter(HubError):
    """This address does not know one of the query parameters."""

    code = "unknown_parameter"
    status = 400


class KnownParameters(ReceiveRoutePlugin):
    """Notes the parameters of each route at registration, and checks every request against them."""

    def __init__(self) -> None:
        self._known: dict[RouteHandlerType, frozenset[str]] = {}

    def receive_route(self, route: BaseRoute) -> None:
        """Note the parameters of a route, those of its dependencies among them."""
        if not isinstance(route, HTTPRoute) or route.path.startswith(NOT_LOOKED_AT):
            return
        of_all = OF_FHIR if route.path.startswith("/fhir/") else frozenset[str]()
        for method, (handler, expected) in route.route_handler_map.items():
            if method != HttpMethod.OPTIONS:  # it only lists the methods
                declared = {param.field_alias for param in expected.expected_query_params}
                self._known[handler] = of_all | declared

    def only_these(self, app: ASGIApp) -> ASGIApp:
        """Wrap the routes behind Litestar's router in the check."""

        def guarded(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
            if scope["type"] == ScopeType.HTTP and scope["query_string"]:
                self._check(scope)
            return app(scope, receive, send)

        return guarded

    def _check(self, scope: Scope) -> None:
        known = self._known.get(scope["route_handler"])
        asked: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        if known is not None and not known.issuperset(asked.query_params):
            raise UnknownParameter(faults=[Issue("", _told(known))])


def _told(known: frozenset[str]) -> str:
    listed = ", ".join(sorted(known))
    return f"Known here: {listed}." if known else "No query parameter is known here."
