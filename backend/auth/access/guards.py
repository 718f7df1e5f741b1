"""Guards of routes: they let in a signed-in patient, or a facility with its key."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from backend.auth.access import access_tokens
from backend.auth.access.gate import Caller, NotSignedIn
from backend.auth.access.reading_limit import count_reading
from backend.auth.dpop.device_key import prove
from backend.auth.facilities.facilities import FacilityCaller, WrongKey
from backend.auth.facilities.facility_keys import facility_of
from backend.auth.facilities.rules import KeyScope
from backend.core.http.client_address import client_address
from backend.core.settings import load_settings

_BEARER = "bearer"
_DPOP = "dpop"
_LONGEST_KEY = 200
_CALLER = "caller"
_FACILITY = "facility_caller"
"""Where the state of a request has who was let in."""

Connection = ASGIConnection[Any, Any, Any, Any]


async def signed_in(connection: Connection, _: BaseRouteHandler) -> None:
    """Let in callers with a valid access token and a proof of the key that it is bound to.

    Whether its session still lives, the gate finds out.

    Raises:
        NotSignedIn: no token, not a good one, or one shown as another kind than it is.
        InvalidProof: the token is bound to a key, and this request does not prove that.
        TooManyReadings: the session has had its requests of this hour.
    """
    scheme, shown = _credential(connection)
    access = await access_tokens.verified(shown)
    if scheme != (_DPOP if access.bound_to else _BEARER):
        raise NotSignedIn
    if access.bound_to:
        assert isinstance(connection, Request), "all routes of the hub are HTTP"
        await prove(connection, shown, access.bound_to)
    elif load_settings().require_dpop:
        raise NotSignedIn
    asking = Caller(access.session, client_address(connection))
    await count_reading(asking)
    connection.scope["state"][_CALLER] = asking


async def sent_by_facility(connection: Connection, route: BaseRouteHandler) -> None:
    """Let in a hospital's system with a live key that has the `scope` of the route.

    Raises:
        WrongKey: no key, or none of a facility.
        ScopeMissing: the key is for other routes, or the route names no scope.
    """
    shown = bearer(connection)
    if shown is None or len(shown) > _LONGEST_KEY:
        raise WrongKey
    scope = route.opt.get("scope")
    needed = scope if isinstance(scope, KeyScope) else None
    connection.scope["state"][_FACILITY] = await facility_of(
        shown, needed, client_address(connection)
    )


async def caller(request: Request[Any, Any, Any]) -> Caller:
    """Give the caller that `signed_in` has let in."""
    patient_caller = request.scope["state"][_CALLER]
    assert isinstance(patient_caller, Caller), "the guard stands before this route"
    return patient_caller


async def facility_caller(request: Request[Any, Any, Any]) -> FacilityCaller:
    """Give the facility that `sent_by_facility` has let in."""
    facility = request.scope["state"][_FACILITY]
    assert isinstance(facility, FacilityCaller), "the guard stands before this route"
    return facility


def bearer(connection: Connection) -> str | None:
    """Read the one bearer credential of a request; two credentials count as none."""
    scheme, shown = _credential(connection)
    return shown or None if scheme == _BEARER else None


def _credential(connection: Connection) -> tuple[str, str]:
    """Give the scheme of the one credential of a request, and the credential; both may be empty."""
    shown = connection.headers.getall("authorization", [])
    scheme, _, credential = shown[0].partition(" ") if len(shown) == 1 else ("", "", "")
    return scheme.lower(), credential.strip()
