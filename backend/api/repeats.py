"""Runs a route again, inside, when the database failed it and kept nothing of it.

Guards are not run again: a proof of a key is good for one time.
"""

from functools import partial, wraps
from typing import Any, Final

from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute
from litestar.types import AsyncAnyCallable

from backend.core.metrics import DATABASE_REPEATS
from backend.core.postgres.database_failures import OutcomeUnknown, may_be_over
from backend.core.postgres.unit_of_work import repeated

READS: Final = frozenset({HttpMethod.GET, HttpMethod.HEAD})
"""Methods that change nothing (RFC 9110, section 9.2.1): all that is kept of them is who read."""


class Repeats(ReceiveRoutePlugin):
    """Makes every route a unit of work when it is registered."""

    def __init__(self) -> None:
        self._done: set[HTTPRouteHandler] = set()

    def receive_route(self, route: BaseRoute) -> None:
        """Wrap the handlers of a route; one that stands at several addresses is wrapped once."""
        if not isinstance(route, HTTPRoute):
            return
        for handler, _ in route.route_handler_map.values():
            if handler not in self._done and not handler.has_sync_callable:
                handler(_unit(handler.fn, idempotent=READS.issuperset(handler.http_methods)))
                self._done.add(handler)


def _unit(function: AsyncAnyCallable, *, idempotent: bool) -> AsyncAnyCallable:
    @wraps(function)
    async def answered(**arguments: Any) -> Any:
        return await repeated(partial(function, **arguments), idempotent=False)

    @wraps(function)
    async def read(**arguments: Any) -> Any:
        try:
            return await function(**arguments)
        except Exception as failed:
            if not (may_be_over(failed) or isinstance(failed, OutcomeUnknown)):
                raise
            DATABASE_REPEATS.labels("unit").inc()
        return await repeated(partial(function, **arguments), idempotent=True)

    return read if idempotent else answered
