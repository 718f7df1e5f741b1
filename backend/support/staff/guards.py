"""Guards of support: a live staff session whose role may do what the route does."""

from datetime import timedelta
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from backend.auth.access.gate import NotSignedIn
from backend.auth.access.guards import bearer
from backend.auth.facilities.suspension import FacilitySuspended
from backend.core.crypto.sealing import secret_hash
from backend.core.database import fetch_one
from backend.core.errors import HubError
from backend.core.http.client_address import client_address
from backend.support.audited_action import AuditedAction, StaffCaller
from backend.support.rules import Action, Role, may

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)


class NotAllowed(HubError):
    """Your role may not do this."""

    code = "not_allowed"
    status = 403


async def signed_in_staff(
    connection: ASGIConnection[Any, Any, Any, Any], route: BaseRouteHandler
) -> None:
    """Let in signed-in staff whose role may do the `action` of the route.

    Raises:
        NotSignedIn: no session, or it has ended, was idle or is too old.
        NotAllowed: the role may not, or the route names no action.
        FacilitySuspended: their facility is: they may sign out, and nothing else.
    """
    staff, suspended = await _of_token(connection)
    action = route.opt.get("action")
    if not isinstance(action, Action) or not may(staff.role, action):
        await AuditedAction(staff, str(action), why="", result=NotAllowed.code).written_down()
        raise NotAllowed
    if suspended and action is not Action.SIGN_OUT:
        await AuditedAction(staff, action, why="", result=FacilitySuspended.code).written_down()
        raise FacilitySuspended
    connection.scope["user"] = staff


def staff_caller(request: Request[Any, Any, Any]) -> StaffCaller:
    """Give the member of staff whom the guard has let in."""
    staff = request.user
    assert isinstance(staff, StaffCaller), "the guard stands before this route"
    return staff


async def _of_token(connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[StaffCaller, bool]:
    """Find the member of staff, and whether their facility is suspended."""
    shown = bearer(connection)
    if shown is None:
        raise NotSignedIn
    row = await fetch_one(
        "UPDATE staff_session s SET used_at = hub_clock()"
        " FROM staff p LEFT JOIN facility f ON f.id = p.facility"
        " WHERE s.token_hash = $1 AND s.staff = p.id AND s.ended_at IS NULL"
        " AND p.disabled_at IS NULL AND s.used_at > hub_clock() - $2::interval"
        " AND s.created_at > hub_clock() - $3::interval"
        " RETURNING s.id AS session, p.id, p.name, p.role, p.facility,"
        " f.suspended_at IS NOT NULL AS suspended",
        secret_hash(shown), IDLE, LONGEST,
    )  # fmt: skip
    if row is None or row["role"] not in set(Role):
        raise NotSignedIn
    staff = StaffCaller(
        staff=row["id"],
        session=row["session"],
        name=row["name"],
        role=Role(row["role"]),
        facility=row["facility"],
        address=client_address(connection),
    )
    return staff, row["suspended"]
