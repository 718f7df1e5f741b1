"""The views of messages for staff: deliveries and steps, no text, no number, no record."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from backend.auth.sessions.devices import model_and_name
from backend.core.clock import now
from backend.core.database import Row
from backend.core.i18n import LocalText
from backend.core.odd_rows.unreadable import note_unreadable
from backend.core.settings import load_settings
from backend.gateways.sender import Channel
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from backend.notifications.rules import NOT_BY_TIME
from backend.support.messages.labels import (
    KIND_LABELS,
    OUTCOMES,
    RECEIPTS,
    SHORT,
    SOURCES,
    describe,
)
from backend.support.messages.reasons import why
from backend.support.patients.search import masked_number

_STATUSES: Final = frozenset(Status)
_CHANNELS: Final = frozenset(Channel)


class StepView(Struct, frozen=True, rename="camel"):
    """One step: a change of the delivery, or an `attempt` to call the provider."""

    at: datetime
    source: str
    what: str
    code: str
    in_words: LocalText


class SupportDeliveryView(Struct, frozen=True, rename="camel"):
    delivery: UUID
    channel: str
    address: str
    """A masked number, or what kind of phone the app is on."""
    status: str
    in_words: LocalText
    reason: str
    reason_in_words: LocalText | None
    reference: str
    planned_at: datetime
    due_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    seconds_to_sent: float | None
    """From the hospital's request."""
    seconds_to_delivered: float | None
    timeline: list[StepView]


class SupportMessageView(Struct, frozen=True, rename="camel"):
    notification: UUID
    kind: str
    in_words: LocalText
    facility: str
    accepted_at: datetime
    """When the hospital's request came in."""
    expires_at: datetime
    read_at: datetime | None
    told_by: UUID | None
    """The message that already speaks for this one."""
    deliveries: list[SupportDeliveryView]


def message_view(
    row: Row, kind: Kind, deliveries: Sequence[Row], steps: Sequence[Row]
) -> SupportMessageView:
    return SupportMessageView(
        notification=row["id"],
        kind=kind.value,
        in_words=KIND_LABELS[kind],
        facility=row["short_name"],
        accepted_at=row["accepted_at"],
        expires_at=row["expires_at"],
        read_at=row["read_at"],
        told_by=row["grouped_into"],
        deliveries=[
            _delivery_view(delivery, row["accepted_at"], steps)
            for delivery in deliveries
            if delivery["notification"] == row["id"] and _is_known(delivery)
        ],
    )


def _is_known(delivery: Row) -> bool:
    """Leave out, and note, a delivery with a word that this process does not know."""
    known = delivery["status"] in _STATUSES and delivery["channel"] in _CHANNELS
    if not known:
        note_unreadable("delivery", "status")
    return known


def _delivery_view(row: Row, accepted_at: datetime, steps: Sequence[Row]) -> SupportDeliveryView:
    times = {
        "due": None if row["reason"] in NOT_BY_TIME else row["due_at"],
        "sent": row["sent_at"],
        "delivered": row["delivered_at"],
        "ended": row["ended_at"],
    }
    zone = ZoneInfo(load_settings().timezone)
    return SupportDeliveryView(
        delivery=row["id"],
        channel=row["channel"],
        address=_address(row),
        status=row["status"],
        in_words=describe(Status(row["status"]), Channel(row["channel"]), times, zone, now()),
        reason=row["reason"],
        reason_in_words=why(row["reason"]),
        reference=row["reference"],
        planned_at=row["created_at"],
        due_at=row["due_at"],
        sent_at=row["sent_at"],
        delivered_at=row["delivered_at"],
        seconds_to_sent=_seconds(accepted_at, row["sent_at"]),
        seconds_to_delivered=_seconds(accepted_at, row["delivered_at"]),
        timeline=[_step_view(step) for step in steps if step["delivery"] == row["id"]],
    )


def _address(row: Row) -> str:
    if row["number"] is not None:
        return masked_number(row["number"], row["contact"])
    return " ".join(
        part for part in (row["platform"], model_and_name(row["details"], row["device"])[0]) if part
    )


def _seconds(start: datetime, end: datetime | None) -> float | None:
    return round((end - start).total_seconds(), 3) if end else None


def _step_view(step: Row) -> StepView:
    meaning = _meaning(step)
    source = SOURCES.get(step["source"]) or LocalText(step["source"], step["source"])
    because = why(step["code"])
    return StepView(
        at=step["at"],
        source=step["source"],
        what=step["word"],
        code=step["code"],
        in_words=LocalText(
            f"{source.vi}: {meaning.vi}" + (f" ({because.vi})" if because else ""),
            f"{source.en}: {meaning.en}" + (f" ({because.en})" if because else ""),
        ),
    )


def _meaning(step: Row) -> LocalText:
    """A word nobody has translated yet is shown as it is: it must not hide the rest."""
    match step["source"]:
        case "attempt":
            known = OUTCOMES
        case "receipt":
            known = RECEIPTS
        case _:
            known = {status.value: words for status, words in SHORT.items()}
    return known.get(step["word"]) or LocalText(step["word"], step["word"])
