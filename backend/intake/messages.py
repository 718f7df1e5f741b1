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
    return _view(rows[0])


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
            "SELECT id, sender_id, dialect, received_at, outcome, reason FROM received_event"
            f" WHERE facility = $1 AND {which} ORDER BY id DESC LIMIT {limit:d}",
            *values,
        )


def _view(row: Row) -> IntakeMessageView:
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
    )


def _sender_id(row: Row) -> str | None:
    if row["sender_id"] is None:
        return None
    return unsealed(row["sender_id"], table="received_event", column="sender_id", row=row["id"])
