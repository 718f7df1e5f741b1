"""Every route of the API, and who may call it."""

from functools import cache

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from backend.api.app import create_app


@cache
def api_to_read() -> Litestar:
    """Make the API once, for whoever only looks at its routes."""
    return create_app()


def list_routes(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    """List every endpoint; what Litestar answers to OPTIONS tells the methods and nothing else."""
    return [
        (method, route.path_format, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method, (handler, _) in sorted(route.route_handler_map.items())
        if method != "OPTIONS"
    ]


ROUTES = list_routes(api_to_read())
