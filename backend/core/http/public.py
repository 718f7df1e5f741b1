"""The guard of public routes, so that every route states that it is open."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler


async def open_to_all(_: ASGIConnection[Any, Any, Any, Any], __: BaseRouteHandler) -> None:
    """Let everybody in: sign-in, health and the description of the API."""
