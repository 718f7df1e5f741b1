"""Routes for a patient's inbox, and for the reports of the app."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_204_NO_CONTENT
from msgspec import Struct

from backend.auth.access.gate import Caller, reading_as
from backend.auth.access.guards import signed_in
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit, PagedList
from backend.notifications.inbox import inbox


class NotificationPage(Struct, frozen=True, rename="camel"):
    items: list[inbox.NotificationView]
    next_cursor: str | None


class MyNotifications(Controller):
    path = "/v1/me/notifications"
    guards = [signed_in]
    tags = ["notifications"]

    @get()
    async def notifications(
        self,
        caller: NamedDependency[Caller],
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> NotificationPage:
        """List what was told about my charts, newest first."""
        pages = PagedList("notifications", caller.session)
        before = pages.row_in(cursor)
        async with reading_as(caller, None, "notifications") as reader:
            items = await inbox.inbox(reader.charts, limit, before)
        last = items[-1].id if len(items) == limit else None
        return NotificationPage(items, pages.cursor(last))

    @post("/{notification:uuid}/received", status_code=HTTP_204_NO_CONTENT)
    async def received(self, caller: NamedDependency[Caller], notification: FromPath[UUID]) -> None:
        """Report that the app has received it. Reporting twice is harmless."""
        chart = await inbox.chart_of(caller, notification)
        async with reading_as(caller, chart, "notification.received") as reader:
            await inbox.note_received(reader.charts, notification)

    @post("/{notification:uuid}/read", status_code=HTTP_204_NO_CONTENT)
    async def read(self, caller: NamedDependency[Caller], notification: FromPath[UUID]) -> None:
        """Report that I have read it. Reporting twice is harmless."""
        chart = await inbox.chart_of(caller, notification)
        async with reading_as(caller, chart, "notification.read") as reader:
            await inbox.note_read(reader.charts, notification)
