"""The kinds of notification, and the delivery policy of each."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """A kind of notification. None of them contains the content of a record."""

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
    PHONE_STATED = "phone.stated"
    PHONE_CHANGED = "phone.changed"
    PHONE_LOST = "phone.lost"
    SLIP_MADE = "slip.made"
    CODES_CLOSED = "sign_in.codes_closed"
    DEVICE_WAITING = "sign_in.device_waiting"
    DEVICE_RISES = "sign_in.device_rises"
    SLIP_USED = "slip.used"
    CAREGIVER_ADDED = "caregiver.added"
    CAREGIVER_ENDED = "caregiver.ended"
    CAREGIVER_REVIEW = "caregiver.review"


KNOWN_KINDS = [kind.value for kind in Kind]
"""What this process can tell. Another kind is left as it is for a newer process, which knows it."""

CODES = frozenset({Kind.CODE, Kind.PHONE_CODE, Kind.STEP_UP_CODE})
"""Made when they are sent, so never repeated after a doubt, and kept in no inbox."""


class Urgency(StrEnum):
    ROUTINE = "routine"
    IMPORTANT = "important"
    AT_ONCE = "at_once"


class Lane(IntEnum):
    """The order of deliveries when more are due than the wire can carry."""

    CODE = 0
    IN_BUILDING = 1
    RESULT = 2
    REMINDER = 3
    BULK = 4


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How a kind of notification is delivered."""

    urgency: Urgency
    lane: Lane
    useful_for: timedelta
    """After it happened. What is older when it comes in is stored and tells nobody."""
    any_hour: bool = False
    both_ways: bool = False
    """By text at once, also where there is a phone with the app: one of the two may be stolen."""
    told_again: bool = False
    """A second time after a day, or when it takes effect: who hears of it may be away."""


POLICIES: dict[Kind, DeliveryPolicy] = {
    **dict.fromkeys(
        CODES, DeliveryPolicy(Urgency.AT_ONCE, Lane.CODE, timedelta(minutes=5), any_hour=True)
    ),
    Kind.QUEUE_CALLED: DeliveryPolicy(Urgency.AT_ONCE, Lane.IN_BUILDING, timedelta(hours=2),
    any_hour=True),
    Kind.RESULT_READY: DeliveryPolicy(Urgency.IMPORTANT, Lane.RESULT, timedelta(hours=72)),
    Kind.RESULT_CORRECTED: DeliveryPolicy(Urgency.IMPORTANT, Lane.RESULT, timedelta(hours=72)),
    Kind.DOCUMENT_READY: DeliveryPolicy(Urgency.ROUTINE, Lane.RESULT, timedelta(hours=72)),
    Kind.RECORD_UPDATED: DeliveryPolicy(Urgency.IMPORTANT, Lane.RESULT, timedelta(hours=72)),
    Kind.APPOINTMENT_BOOKED: DeliveryPolicy(Urgency.ROUTINE, Lane.REMINDER, timedelta(hours=72)),
    Kind.APPOINTMENT_MOVED: DeliveryPolicy(Urgency.IMPORTANT, Lane.REMINDER, timedelta(hours=72)),
    Kind.APPOINTMENT_CANCELLED: DeliveryPolicy(Urgency.IMPORTANT, Lane.REMINDER,
    timedelta(hours=72)),
    Kind.CAREGIVER_ENDED: DeliveryPolicy(Urgency.ROUTINE, Lane.REMINDER, timedelta(hours=72)),
    Kind.CAREGIVER_REVIEW: DeliveryPolicy(Urgency.ROUTINE, Lane.REMINDER, timedelta(hours=72)),
    **dict.fromkeys(
        (Kind.NEW_DEVICE, Kind.PHONE_CHANGED),
        DeliveryPolicy(
            Urgency.IMPORTANT, Lane.IN_BUILDING, timedelta(hours=24), any_hour=True,
            both_ways=True, told_again=True,
        ),
    ),
    **dict.fromkeys(
        (Kind.REFRESH_REUSED, Kind.DEVICE_WAITING),
        DeliveryPolicy(Urgency.IMPORTANT, Lane.IN_BUILDING, timedelta(hours=24), any_hour=True),
    ),
    **dict.fromkeys(
        (
            Kind.PHONE_PROPOSED, Kind.PHONE_STATED, Kind.DEVICE_RISES, Kind.CAREGIVER_ADDED,
            Kind.CODES_CLOSED, Kind.PHONE_LOST, Kind.SLIP_MADE, Kind.SLIP_USED,
        ),
        DeliveryPolicy(
            Urgency.IMPORTANT, Lane.IN_BUILDING, timedelta(hours=24), any_hour=True, both_ways=True
        ),
    ),
}  # fmt: skip

GROUPING_WINDOW = timedelta(minutes=30)
"""After a first result is told, what else gets ready in this time is told in one more message."""

OF_RECORDS = frozenset(
    {
        Kind.QUEUE_CALLED, Kind.RESULT_READY, Kind.RESULT_CORRECTED, Kind.DOCUMENT_READY,
        Kind.RECORD_UPDATED, Kind.APPOINTMENT_BOOKED, Kind.APPOINTMENT_MOVED,
        Kind.APPOINTMENT_CANCELLED,
    }
)  # fmt: skip
"""What a facility has told; all else is the hub's own word."""

UNSTOPPED = frozenset(kind for kind, policy in POLICIES.items() if policy.both_ways)
"""Sent also when they were read: in an app that may be the thief's."""

WARNINGS = frozenset(Kind) - CODES - OF_RECORDS - {Kind.CAREGIVER_ENDED, Kind.CAREGIVER_REVIEW}
"""Security notices: the hub speaks, whoever caused them, and no mark on a number stops them."""

GROUPED = frozenset({Kind.RESULT_READY, Kind.DOCUMENT_READY, Kind.RECORD_UPDATED})
"""The kinds that are told together."""
