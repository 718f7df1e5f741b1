"""Guards of support: a live staff session whose role may do what the route does."""

from datetime import timedelta
from typing import Any, Final

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from backend.auth.access.gate import NotSignedIn
from backend.auth.access.guards import bearer
from backend.auth.access.reading_limit import TooManyReadings
from backend.auth.facilities.suspension import FacilitySuspended
from backend.core.alarms import AlarmKind, alarm
from backend.core.crypto.sealing import lookup_hash, secret_hash
from backend.core.database import Row, fetch_one
from backend.core.errors import HubError
from backend.core.http.client_address import client_address
from backend.core.settings import load_settings
from backend.support.audited_action import AuditedAction, StaffCaller
from backend.support.rules import Action, Role, may

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=12)


OPENINGS: Final = frozenset({Action.SEARCH, Action.READ_CARD, Action.READ_AUDIT})
"""What finds a patient, or looks at what was done to one: the rest needs a case that is open."""

_LIVE: Final = """
WITH live AS (UPDATE staff_session s SET used_at = hub_clock()
                FROM staff p LEFT JOIN facility f ON f.id = p.facility
               WHERE s.token_hash = $1 AND s.staff = p.id AND s.ended_at IS NULL
                 AND p.disabled_at IS NULL AND s.used_at > hub_clock() - $2::interval
                 AND s.created_at > hub_clock() - $3::interval
               RETURNING s.id AS session, p.id, p.name, p.role, p.facility,
                         f.suspended_at IS NOT NULL AS suspended),
 counted AS (UPDATE staff p SET
                    hour_begun_at = CASE WHEN p.hour_begun_at > hub_clock() - interval '1 hour'
                                         THEN p.hour_begun_at ELSE hub_clock() END,
                    requests = 1 + CASE WHEN p.hour_begun_at > hub_clock() - interval '1 hour'
                                        THEN p.requests ELSE 0 END,
                    openings = $4::int + CASE WHEN p.hour_begun_at > hub_clock() - interval '1 hour'
                                              THEN p.openings ELSE 0 END
               FROM live WHERE p.id = live.id
             RETURNING p.requests, p.openings, p.hour_begun_at)
SELECT live.*, requests, openings,
       ceil(extract(epoch FROM hour_begun_at + interval '1 hour' - hub_clock()))::int
       AS seconds_left
  FROM live, counted
"""


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
        TooManyReadings: they have had their requests, or openings, of this hour.
    """
    action = route.opt.get("action")
    staff, suspended = await _of_token(connection, is_opening=action in OPENINGS)
    if not isinstance(action, Action) or not may(staff.role, action):
        await AuditedAction(staff, str(action), why="", result=NotAllowed.code).written_down()
        raise NotAllowed
    if suspended and action is not Action.SIGN_OUT:
        await AuditedAction(
            staff, str(action), why="", result=FacilitySuspended.code
        ).written_down()
        raise FacilitySuspended
    connection.scope["user"] = staff


def staff_caller(request: Request[Any, Any, Any]) -> StaffCaller:
    """Give the member of staff whom the guard has let in."""
    staff = request.user
    assert isinstance(staff, StaffCaller), "the guard stands before this route"
    return staff


async def _of_token(
    connection: ASGIConnection[Any, Any, Any, Any], *, is_opening: bool
) -> tuple[StaffCaller, bool]:
    """Find the member of staff, and whether their facility is suspended."""
    shown = bearer(connection)
    if shown is None:
        raise NotSignedIn
    row = await fetch_one(_LIVE, secret_hash(shown), IDLE, LONGEST, int(is_opening))
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
    await _check_hour(staff, row, is_opening=is_opening)
    return staff, row["suspended"]


async def _check_hour(staff: StaffCaller, row: Row, *, is_opening: bool) -> None:
    """Refuse what is too much for one person; only the first refusal of its kind writes anything.

    Raises:
        TooManyReadings: it is.
    """
    settings = load_settings()
    beyond = row["requests"] - settings.staff_requests_per_hour
    beyond_openings = row["openings"] - settings.staff_openings_per_hour if is_opening else 0
    if beyond <= 0 and beyond_openings <= 0:
        return
    if 1 in {beyond, beyond_openings}:
        act = AuditedAction(staff, "support.readings", why="", result=TooManyReadings.code)
        await act.written_down()
        about = lookup_hash("staff-reads", str(staff.staff))
        await alarm(AlarmKind.STAFF_READS, about, staff.address)
    raise TooManyReadings(retry_after=row["seconds_left"])
