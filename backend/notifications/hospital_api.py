"""Routes for a facility about its notices: told or not, no contact data, no text."""

from datetime import datetime
from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from msgspec import Struct

from backend.auth.access.guards import sent_by_facility
from backend.auth.facilities.facilities import FacilityCaller
from backend.auth.facilities.rules import KeyScope
from backend.core.crypto.sealing import place_of
from backend.core.database import Row, fetch
from backend.core.http.pagination import DEFAULT_LIMIT, Cursor, Limit, PagedList
from backend.core.odd_rows.unreadable import unsealed_at
from backend.notifications.told import CAUSED_BY_FACILITY, OF_DEFERRED, REASON, TOLD, status_of

LAST_ID: Final = UUID(int=2**128 - 1)


class HospitalDeliveryView(Struct, frozen=True, rename="camel"):
    """That something left, as far as a facility may know: how, and what became of it, is not."""

    channel: str = "any"
    status: str = TOLD


class HospitalNotificationView(Struct, frozen=True, rename="camel"):
    """One notice that this facility caused."""

    notification: UUID
    kind: str
    sender_id: str | None
    """The facility's own id of the message it came with; none where it cannot be read."""
    accepted_at: datetime
    status: str
    """told or not_told."""
    reason: str | None
    """Why it is not told: `told.NotTold`, in docs/errors.md."""
    deliveries: list[HospitalDeliveryView]
    """One where it is told, none where it is not."""


class HospitalNotificationPage(Struct, frozen=True, rename="camel"):
    items: list[HospitalNotificationView]
    next_cursor: str | None


class HospitalDeliveries(Controller):
    path = "/hospital/deliveries"
    guards = [sent_by_facility]
    tags = ["hospital"]

    @get(scope=KeyScope.DELIVERIES)
    async def deliveries(
        self,
        facility_caller: NamedDependency[FacilityCaller],
        cursor: Cursor = None,
        limit: Limit = DEFAULT_LIMIT,
    ) -> HospitalNotificationPage:
        """List the notices of the facility's messages: told, or not told and why; newest first.

        What people have, do and read elsewhere changes nothing here.
        """
        pages = PagedList("hospital-deliveries", facility_caller.facility)
        items = await notifications_of(facility_caller.facility, limit, pages.row_in(cursor))
        last = items[-1].notification if len(items) == limit else None
        return HospitalNotificationPage(items, pages.cursor(last))


async def notifications_of(
    facility: UUID, limit: int, before: UUID | None
) -> list[HospitalNotificationView]:
    rows = await fetch(
        f"SELECT id, kind, sender_id, received_event, accepted_at, reason FROM ({_NOTICES}) AS n"
        " ORDER BY id DESC LIMIT $2",
        facility, limit, before,
    )  # fmt: skip
    return [
        HospitalNotificationView(
            notification=row["id"],
            kind=row["kind"],
            sender_id=_sender_id(row),
            accepted_at=row["accepted_at"],
            status=status_of(row["reason"]),
            reason=row["reason"] or None,
            deliveries=[] if row["reason"] else [HospitalDeliveryView()],
        )
        for row in rows
    ]


_PAGE = f"""
    FROM {{}} n
     WHERE n.facility >= $1 AND (n.facility, n.id) < ($1, coalesce($3, '{LAST_ID}'::uuid))
     AND {CAUSED_BY_FACILITY} ORDER BY n.facility DESC, n.id DESC LIMIT $2
"""
"""Of this facility alone, as its index has them. With `facility = $1 ORDER BY id` PostgreSQL may go
through everybody's, the newest first, until it has met enough of a small facility's."""
_COLUMNS = "n.id, n.kind, n.sender_id, n.received_event, n.accepted_at"
_NOTICES = (
    f"(SELECT {_COLUMNS}, {REASON} AS reason {_PAGE.format('notification')})"
    f" UNION ALL (SELECT {_COLUMNS}, {OF_DEFERRED} {_PAGE.format('deferred_notice')})"
)
"""What was planned, and what is deferred: the page is the newest of both."""


def _sender_id(row: Row) -> str | None:
    """Open the sender's id, which is sealed for the message and travels with its notices."""
    if row["sender_id"] is None:
        return None
    place = place_of("received_event", "sender_id", row["received_event"])
    return unsealed_at(row["sender_id"], place, table="notification", column="sender_id")
