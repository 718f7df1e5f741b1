"""Reports the result of a facility's messages, and what to do about those that wait."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backend.core.database import Row, execute, fetch, transaction
from backend.core.errors import NotFound
from backend.core.http.pagination import PagedList
from backend.core.odd_rows.unreadable import unsealed
from backend.intake.pipeline.reasons import TO_DO
from backend.notifications.told import OF_DEFERRED, REASON, NotTold, status_of


class MessageNoticeView(Struct, frozen=True, rename="camel"):
    """A notice that the message caused."""

    kind: str
    status: str
    """told or not_told."""
    reason: str | None
    """Why it is not told: `told.NotTold`, in docs/errors.md."""


class IntakeMessageView(Struct, frozen=True, rename="camel"):
    id: UUID
    sender_id: str | None
    """None where it cannot be read, too."""
    dialect: str
    received_at: datetime
    outcome: str
    """applied, unchanged, waiting, refused or unreadable."""
    reason: str | None
    to_do: str | None
    notices: list[MessageNoticeView] = []
    """What it tells, and what it does not; of one message alone."""


class IntakeMessagePage(Struct, frozen=True, rename="camel"):
    items: list[IntakeMessageView]
    next_cursor: str | None


async def message_of(facility: UUID, message: UUID) -> IntakeMessageView:
    """Give the result of one message.

    Raises:
        NotFound: this facility sent no such message.
    """
    rows = await _read("id = $2", facility, message)
    if not rows:
        raise NotFound
    return _view(rows[0], await _notices(facility, message, rows[0]["backfilled"]))


async def waiting(facility: UUID, limit: int, cursor: str | None) -> IntakeMessagePage:
    """List the messages that wait for an action of this facility, the newest first."""
    pages = PagedList("hospital-messages", facility)
    rows = await _read(
        "outcome = 'quarantined' AND ($2::uuid IS NULL OR id < $2)",
        facility, pages.row_in(cursor), limit=limit + 1,
    )  # fmt: skip
    more = rows[limit - 1]["id"] if len(rows) > limit else None
    return IntakeMessagePage([_view(row) for row in rows[:limit]], pages.cursor(more))


async def _read(which: str, *values: object, limit: int = 1) -> Sequence[Row]:
    """Read by one of the two conditions above; they are text of this file."""
    async with transaction():
        await execute("SELECT open_intake($1)", values[0])
        return await fetch(
            "SELECT id, sender_id, dialect, received_at, outcome, reason,"
            " backfilled FROM received_event"
            f" WHERE facility = $1 AND {which} ORDER BY id DESC LIMIT {limit:d}",
            *values,
        )


async def _notices(
    facility: UUID, message: UUID, backfilled: Sequence[str]
) -> list[MessageNoticeView]:
    rows = await fetch(
        f"SELECT n.kind, {REASON} AS reason, n.id FROM notification n WHERE n.facility = $1"
        f" AND n.received_event = $2 UNION ALL SELECT n.kind, {OF_DEFERRED}, n.id"
        " FROM deferred_notice n WHERE n.facility = $1 AND n.received_event = $2 ORDER BY id",
        facility, message,
    )  # fmt: skip
    told = [(row["kind"], row["reason"]) for row in rows]
    told += [(kind, NotTold.BACKFILL.value) for kind in backfilled]
    return [MessageNoticeView(kind, status_of(why), why or None) for kind, why in told]


def _view(row: Row, notices: Sequence[MessageNoticeView] = ()) -> IntakeMessageView:
    waits = row["outcome"] == "quarantined"
    outcome = "waiting" if waits else row["outcome"]
    reason = (row["reason"] or None) if outcome not in {"applied", "unchanged"} else None
    return IntakeMessageView(
        id=row["id"],
        sender_id=_sender_id(row),
        dialect=row["dialect"],
        received_at=row["received_at"],
        outcome=outcome,
        reason=reason,
        to_do=TO_DO.get(reason) if reason else None,
        notices=list(notices),
    )


def _sender_id(row: Row) -> str | None:
    if row["sender_id"] is None:
        return None
    return unsealed(row["sender_id"], table="received_event", column="sender_id", row=row["id"])
