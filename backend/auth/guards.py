"""Who may come in: a signed-in patient, or a facility with its key. Routes then ask who it is."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from backend.addresses import address_of
from backend.auth import tokens
from backend.auth.facilities import FacilityCaller, WrongKey, facility_of
from backend.auth.gate import Caller, NotSignedIn

_BEARER = "bearer "
_LONGEST_KEY = 200

Connection = ASGIConnection[Any, Any, Any, Any]


async def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    """Let in who shows a good access token. Whether its session still lives, the gate finds out.

    Raises:
        NotSignedIn: no token, or not a good one.
    """
    shown = bearer(connection)
    if shown is None:
        raise NotSignedIn
    access = tokens.verify(shown)
    who = Caller(access.session, access.patient, address_of(connection))
    connection.state.caller = who


async def sent_by_facility(connection: Connection, _: BaseRouteHandler) -> None:
    """Let in a hospital system that shows a live key.

    Raises:
        WrongKey: no key, or none of a facility.
    """
    shown = bearer(connection)
    if shown is None or len(shown) > _LONGEST_KEY:
        raise WrongKey
    connection.state.facility_caller = await facility_of(shown)


async def caller(request: Request[Any, Any, Any]) -> Caller:
    """Give whom `signed_in` has let in."""
    who = request.state.caller
    assert isinstance(who, Caller), "the guard stands before this route"
    return who


async def facility_caller(request: Request[Any, Any, Any]) -> FacilityCaller:
    """Give which facility `sent_by_facility` has let in."""
    who = request.state.facility_caller
    assert isinstance(who, FacilityCaller), "the guard stands before this route"
    return who


def bearer(connection: Connection) -> str | None:
    """Read the one bearer credential of a request; two are none."""
    shown = connection.headers.getall("authorization", [])
    if len(shown) != 1 or not shown[0].lower().startswith(_BEARER):
        return None
    return str(shown[0][len(_BEARER) :]).strip() or None
