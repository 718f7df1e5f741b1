"""Routes for a patient's own sessions: list, end, ask for approval, approve."""

from datetime import datetime
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.auth.access.gate import Caller
from backend.auth.access.guards import signed_in
from backend.auth.credentials.typed_codes import ThreeDigits, digits_of
from backend.auth.sessions import device_approval, manage_sessions
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit, PagedList


class SharedChartView(Struct, frozen=True, rename="camel"):
    chart: UUID
    level: str
    how: str
    """code, slip, vneid or approval: what opened it there."""
    since: datetime
    stepped_up_until: datetime | None
    """So long its protected records are shown there too."""


class SessionView(Struct, frozen=True, rename="camel"):
    id: UUID
    device: UUID
    platform: str
    model: str
    name: str
    created_at: datetime
    used_at: datetime
    current: bool
    waiting: bool
    """It asks to be approved: type the number it shows, or end it."""
    charts: list[SharedChartView]
    """What it reaches, as far as this session reaches that too."""


class SessionPage(Struct, frozen=True, rename="camel"):
    items: list[SessionView]
    next_cursor: str | None


class ApprovalView(Struct, frozen=True, rename="camel"):
    number: str
    """To be shown, and typed in on another phone that reaches one of the charts."""
    expires_at: datetime


class NumberTyped(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    number: ThreeDigits


class MySessions(Controller):
    path = "/v1/me/sessions"
    guards = [signed_in]
    tags = ["sessions"]

    @get()
    async def sessions(
        self,
        caller: NamedDependency[Caller],
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> SessionPage:
        """List where somebody is signed in to a chart of mine, the newest first."""
        pages = PagedList("sessions", caller.session)
        mine = await manage_sessions.my_sessions(caller, limit, pages.row_in(cursor))
        last = mine[-1].id if len(mine) == limit else None
        return SessionPage([_session(session) for session in mine], pages.cursor(last))

    @delete("/others")
    async def end_others(self, caller: NamedDependency[Caller]) -> None:
        """Sign my charts out everywhere but here."""
        await manage_sessions.end_other_sessions(caller)

    @delete("/{session:uuid}")
    async def end(self, caller: NamedDependency[Caller], session: FromPath[UUID]) -> None:
        """End my own session, or sign my charts out of another one, at once.

        This also refuses one that waits for approval.
        """
        await manage_sessions.end_session(caller, session)

    @post("/current/approval")
    async def ask_for_approval(self, caller: NamedDependency[Caller]) -> ApprovalView:
        """Ask my other phones to approve this one, and get the number to show."""
        asked = await device_approval.ask_for_approval(caller)
        return ApprovalView(asked.number, asked.expires_at)

    @post("/{session:uuid}/approval", status_code=HTTP_204_NO_CONTENT)
    async def approve(
        self,
        caller: NamedDependency[Caller],
        session: FromPath[UUID],
        data: JSONBody[NumberTyped],
    ) -> None:
        """Approve my other phone by the number it shows. After five wrong ones it stays limited."""
        await device_approval.approve(caller, session, digits_of(data.number))


def _session(mine: manage_sessions.MySession) -> SessionView:
    return SessionView(
        id=mine.id,
        device=mine.device,
        platform=mine.platform,
        model=mine.model,
        name=mine.name,
        created_at=mine.created_at,
        used_at=mine.used_at,
        current=mine.current,
        waiting=mine.waiting,
        charts=[
            SharedChartView(
                chart=shared.chart,
                level=shared.level,
                how=shared.proof,
                since=shared.reached_at,
                stepped_up_until=shared.stepped_up_until,
            )
            for shared in mine.charts
        ],
    )
