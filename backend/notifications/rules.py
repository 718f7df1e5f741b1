"""Who is told what, how and when, and how a delivery may move: decisions only."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import IntEnum, StrEnum
from uuid import UUID

from backend.gateways.sender import Channel, ReceiptRank


class Kind(StrEnum):
    """What a patient can be told. None of these says what a record says."""

    CODE = "sign_in.code"
    PHONE_CODE = "phone.code"
    STEP_UP_CODE = "step_up.code"
    QUEUE_CALLED = "queue.called"
    RESULT_READY = "result.ready"
    RESULT_CORRECTED = "result.corrected"
    DOCUMENT_READY = "document.ready"
    RECORD_UPDATED = "record.updated"
    APPOINTMENT_BOOKED = "appointment.booked"
    APPOINTMENT_MOVED = "appointment.moved"
    APPOINTMENT_CANCELLED = "appointment.cancelled"
    NEW_DEVICE = "sign_in.new_device"
    REFRESH_REUSED = "sign_in.refresh_reused"
    PHONE_PROPOSED = "phone.proposed"
    PHONE_CHANGED = "phone.changed"
    CODES_CLOSED = "sign_in.codes_closed"
    DEVICE_WAITING = "sign_in.device_waiting"
    IDENTITY_LINKED = "identity.linked"
    CAREGIVER_ADDED = "caregiver.added"
    CAREGIVER_ENDED = "caregiver.ended"
    CAREGIVER_REVIEW = "caregiver.review"


CODES = frozenset({Kind.CODE, Kind.PHONE_CODE, Kind.STEP_UP_CODE})
"""Made when they are sent, so never repeated after a doubt, and kept in no inbox."""


class Urgency(StrEnum):
    ROUTINE = "routine"
    IMPORTANT = "important"
    AT_ONCE = "at_once"


class Lane(IntEnum):
    """Which delivery goes first when there are more than fit on the wire."""

    CODE = 0
    IN_BUILDING = 1
    RESULT = 2
    REMINDER = 3
    BULK = 4


class Status(StrEnum):
    HELD = "held"
    PLANNED = "planned"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    REFUSED = "refused"
    TECHNICAL_FAILURE = "technical_failure"
    SUPPRESSED = "suppressed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_STOPPED = frozenset({Status.SUPPRESSED, Status.SUPERSEDED, Status.EXPIRED, Status.CANCELLED})
_PROVEN = frozenset({Status.SENT, Status.DELIVERED, Status.READ, Status.REFUSED})

NEXT: dict[Status, frozenset[Status]] = {
    Status.HELD: frozenset({Status.PLANNED}) | _STOPPED,
    Status.PLANNED: frozenset({Status.SENDING, Status.HELD, Status.TECHNICAL_FAILURE})
    | _STOPPED
    | _PROVEN,
    Status.SENDING: frozenset({Status.PLANNED, Status.IN_DOUBT, Status.TECHNICAL_FAILURE})
    | _PROVEN
    | _STOPPED,
    Status.IN_DOUBT: frozenset({Status.PLANNED, Status.TECHNICAL_FAILURE}) | _PROVEN,
    Status.SENT: frozenset({Status.DELIVERED, Status.READ, Status.REFUSED}),
    Status.REFUSED: frozenset({Status.DELIVERED, Status.READ}),
    Status.TECHNICAL_FAILURE: _PROVEN,
    Status.DELIVERED: frozenset({Status.READ}),
    Status.READ: frozenset(),
    **{stopped: frozenset[Status]() for stopped in _STOPPED},
}
"""What a delivery may become. The `WHERE` of every move is made from this table.

From `planned` it may jump to what a receipt proves: a worker was killed after the call and the
delivery was given back, or is about to be repeated, when the receipt of the first call arrives.
"""


def may_become(status: Status) -> list[str]:
    """List the statuses a delivery may be in just before it becomes this one."""
    return [before.value for before, after in NEXT.items() if status in after]


RECEIPT_STATUS: dict[ReceiptRank, Status] = {
    ReceiptRank.ACCEPTED: Status.SENT,
    ReceiptRank.SENDING: Status.SENT,
    ReceiptRank.SENT: Status.SENT,
    ReceiptRank.FAILED: Status.REFUSED,
    ReceiptRank.DELIVERED: Status.DELIVERED,
    ReceiptRank.READ: Status.READ,
}
"""Receipts come late, twice and out of order: only a higher rank moves a delivery."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a kind of thing is told."""

    urgency: Urgency
    lane: Lane
    useful_for: timedelta
    """After it happened. What is older when it comes in is stored and tells nobody."""
    any_hour: bool = False
    both_ways: bool = False
    """By text at once, also where there is a phone with the app: one of the two may be stolen."""


MANNERS: dict[Kind, Manner] = {
    **dict.fromkeys(
        CODES, Manner(Urgency.AT_ONCE, Lane.CODE, timedelta(minutes=5), any_hour=True)
    ),
    Kind.QUEUE_CALLED: Manner(Urgency.AT_ONCE, Lane.IN_BUILDING, timedelta(hours=2), any_hour=True),
    Kind.RESULT_READY: Manner(Urgency.IMPORTANT, Lane.RESULT, timedelta(hours=72)),
    Kind.RESULT_CORRECTED: Manner(Urgency.IMPORTANT, Lane.RESULT, timedelta(hours=72)),
    Kind.DOCUMENT_READY: Manner(Urgency.ROUTINE, Lane.RESULT, timedelta(hours=72)),
    Kind.RECORD_UPDATED: Manner(Urgency.IMPORTANT, Lane.RESULT, timedelta(hours=72)),
    Kind.APPOINTMENT_BOOKED: Manner(Urgency.ROUTINE, Lane.REMINDER, timedelta(hours=72)),
    Kind.APPOINTMENT_MOVED: Manner(Urgency.IMPORTANT, Lane.REMINDER, timedelta(hours=72)),
    Kind.APPOINTMENT_CANCELLED: Manner(Urgency.IMPORTANT, Lane.REMINDER, timedelta(hours=72)),
    Kind.CAREGIVER_ENDED: Manner(Urgency.ROUTINE, Lane.REMINDER, timedelta(hours=72)),
    Kind.CAREGIVER_REVIEW: Manner(Urgency.ROUTINE, Lane.REMINDER, timedelta(hours=72)),
    **dict.fromkeys(
        (
            Kind.NEW_DEVICE, Kind.REFRESH_REUSED, Kind.CODES_CLOSED, Kind.DEVICE_WAITING,
        ),
        Manner(Urgency.IMPORTANT, Lane.IN_BUILDING, timedelta(hours=24), any_hour=True),
    ),
    **dict.fromkeys(
        (
            Kind.PHONE_PROPOSED, Kind.PHONE_CHANGED, Kind.IDENTITY_LINKED, Kind.CAREGIVER_ADDED,
        ),
        Manner(
            Urgency.IMPORTANT, Lane.IN_BUILDING, timedelta(hours=24), any_hour=True, both_ways=True
        ),
    ),
}  # fmt: skip

TOGETHER = timedelta(minutes=30)
"""After a first result is told, what else gets ready in this time is told in one more message."""

OF_RECORDS = frozenset(
    {
        Kind.QUEUE_CALLED, Kind.RESULT_READY, Kind.RESULT_CORRECTED, Kind.DOCUMENT_READY,
        Kind.RECORD_UPDATED, Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_MOVED,
        Kind.APPOINTMENT_CANCELLED,
    }
)  # fmt: skip
"""What a facility has told; all else is about the account."""

IN_ONE = frozenset({Kind.RESULT_READY, Kind.DOCUMENT_READY, Kind.RECORD_UPDATED})
"""The kinds that are told together."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The ways a patient can be reached right now."""

    devices: tuple[UUID, ...] = ()
    contact: UUID | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    channel: Channel
    address: UUID
    """The id of a device or a contact point: the address itself is looked up at send time."""
    due_at: datetime
    held: bool = False


def plan_deliveries(
    manner: Manner, reach: Reach, due_at: datetime, ladder: timedelta, quiet: "QuietHours"
) -> list[Planned]:
    """Push to every phone at once; text where there is none, or an important one stays unread."""
    when = due_at if manner.any_hour else quiet.after(due_at)
    planned = [Planned(Channel.PUSH, device, when, when > due_at) for device in reach.devices]
    if reach.contact and (not planned or manner.urgency is Urgency.IMPORTANT):
        text_at = when + ladder if planned and not manner.both_ways else when
        later = text_at if manner.any_hour else quiet.after(text_at)
        planned.append(Planned(Channel.SMS, reach.contact, later, later > text_at or when > due_at))
    return planned


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The local hours in which nobody is woken: from `begins` to `ends`, over midnight or not."""

    begins: time
    ends: time
    zone: tzinfo
    spread: timedelta = timedelta(0)
    """How long after `ends` this one waits, so that not all leave in one second."""

    @property
    def never(self) -> bool:
        return self.begins == self.ends

    def after(self, instant: datetime) -> datetime:
        """Give `instant`, or the end of the quiet hours it falls into."""
        local = instant.astimezone(self.zone)
        if self.never or not self._covers(local.time()):
            return instant
        day = local.date() if local.time() < self.ends else local.date() + timedelta(days=1)
        return datetime.combine(day, self.ends, self.zone) + self.spread

    def _covers(self, moment: time) -> bool:
        if self.begins < self.ends:
            return self.begins <= moment < self.ends
        return moment >= self.begins or moment < self.ends


@dataclass(frozen=True, slots=True)
class Present:
    """What is true of a delivery at the moment it would be sent."""

    channel: Channel
    read: bool
    expires_at: datetime
    deceased: bool
    address_live: bool
    moved: bool = False
    """What it is about is another patient's now: the address is the old one's."""
    kept_back: bool = False
    """Nothing that it tells of can be seen just now: a clinician keeps it back."""
    doubted: bool = False
    """An earlier attempt may have reached the phone after all: a receipt must stay welcome."""


MERGED = "merged"
"""Why nothing is sent to somebody whose records are another patient's now."""
NEVER_FOUND = (Status.TECHNICAL_FAILURE, "never_found")
"""Where a doubt ends that outlived its message."""


def why_not(present: Present, now: datetime) -> tuple[Status, str] | None:
    """Decide again at send time: where the delivery ends instead of being sent, and why."""
    doubtful = (
        (present.moved, Status.CANCELLED, MERGED),
        (present.kept_back, Status.SUPPRESSED, "not_released"),
    )
    for true, status, why in doubtful:
        if true:
            return NEVER_FOUND if present.doubted else (status, why)
    if present.read:
        return Status.SUPPRESSED, "read_in_app"
    if present.deceased:
        return Status.SUPPRESSED, "deceased"
    if now >= present.expires_at:
        return NEVER_FOUND if present.doubted else (Status.EXPIRED, "too_late")
    if not present.address_live:
        return Status.SUPPRESSED, "address_gone"
    return None


def backoff(attempt: int, luck: float) -> timedelta:
    """Wait up to 5 s, 10 s, 20 s ... 10 min: full jitter, `luck` between 0 and 1."""
    return timedelta(seconds=max(1.0, min(600.0, 5.0 * 2 ** min(attempt, 10)) * luck))
