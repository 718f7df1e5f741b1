"""Routes for a facility about its notifications: status only, no contact data, no text."""

from datetime import datetime
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


class HospitalDeliveryView(Struct, frozen=True, rename="camel"):
    channel: str
    status: str
    sent_at: datetime | None
    delivered_at: datetime | None


class HospitalNotificationView(Struct, frozen=True, rename="camel"):
    """One notification that this facility caused."""

    notification: UUID
    kind: str
    sender_id: str | None
    """The facility's own id of the message it came with; none where it cannot be read."""
    accepted_at: datetime
    deliveries: list[HospitalDeliveryView]


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
        """List the notifications with the result of each, newest first.

        `delivered` is what was reported: of a push by the app, of a text by the network, whose word
        does not prove that the phone has it.
        """
        pages = PagedList("hospital-deliveries", facility_caller.facility)
        items = await notifications_of(facility_caller.facility, limit, pages.row_in(cursor))
        last = items[-1].notification if len(items) == limit else None
        return HospitalNotificationPage(items, pages.cursor(last))


async def notifications_of(
    facility: UUID, limit: int, before: UUID | None
) -> list[HospitalNotificationView]:
    rows = await fetch(
        "SELECT id, kind, sender_id, received_event, accepted_at FROM notification"
        " WHERE facility = $1 AND received_event IS NOT NULL AND ($3::uuid IS NULL OR id < $3)"
        " ORDER BY id DESC LIMIT $2",
        facility, limit, before,
    )  # fmt: skip
    deliveries = await fetch(
        "SELECT notification, channel, status, sent_at, delivered_at FROM delivery"
        " WHERE notification = ANY($1) ORDER BY id",
        [row["id"] for row in rows],
    )
    by_notification: dict[UUID, list[HospitalDeliveryView]] = {row["id"]: [] for row in rows}
    for delivery in deliveries:
        by_notification[delivery["notification"]].append(
            HospitalDeliveryView(
                delivery["channel"],
                delivery["status"],
                delivery["sent_at"],
                delivery["delivered_at"],
            )
        )
    return [
        HospitalNotificationView(
            notification=row["id"],
            kind=row["kind"],
            sender_id=_sender_id(row),
            accepted_at=row["accepted_at"],
            deliveries=by_notification[row["id"]],
        )
        for row in rows
    ]


def _sender_id(row: Row) -> str | None:
    """Open the sender's id, which is sealed for the message and travels with its notices."""
    if row["sender_id"] is None:
        return None
    place = place_of("received_event", "sender_id", row["received_event"])
    return unsealed_at(row["sender_id"], place, table="notification", column="sender_id")
