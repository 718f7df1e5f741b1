"""How strongly somebody has signed in, what that opens, and how often one may try."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum


class Level(StrEnum):
    """How sure the hub is of who signed in."""

    OTP_LIMITED = "otp-limited"
    OTP = "otp"
    DESK = "desk"
    VNEID = "vneid"


class Strength(IntEnum):
    LIMITED = 1
    FULL = 2
    PROVEN = 3


STRENGTH = {
    Level.OTP_LIMITED: Strength.LIMITED,
    Level.OTP: Strength.FULL,
    Level.DESK: Strength.PROVEN,
    Level.VNEID: Strength.PROVEN,
}


class RecordClass(StrEnum):
    """What a patient may read, as far as sign-in cares."""

    PROFILE = "profile"
    INBOX = "inbox"
    APPOINTMENTS = "appointments"
    RESULTS = "results"
    MEDICINES = "medicines"
    DEVICES = "devices"
    ACCESS_LOG = "access-log"
    PHONES = "phones"


NEEDS = {
    RecordClass.PROFILE: Strength.FULL,
    RecordClass.INBOX: Strength.LIMITED,
    RecordClass.APPOINTMENTS: Strength.LIMITED,
    RecordClass.RESULTS: Strength.FULL,
    RecordClass.MEDICINES: Strength.FULL,
    RecordClass.DEVICES: Strength.LIMITED,
    RecordClass.ACCESS_LOG: Strength.FULL,
    RecordClass.PHONES: Strength.FULL,
}
"""Levels x record classes: the whole table. A stolen SIM opens appointments and inbox, no more."""

CODE_LIFETIME = timedelta(minutes=5)
TRIES = 5
ACCESS_LIFETIME = timedelta(minutes=10)
SESSION_IDLE = timedelta(days=30)
SESSION_LONGEST = timedelta(days=180)
FIRST_DEVICE_WITHIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many in so long."""

    times: int
    span: timedelta


RESEND_AFTER = timedelta(seconds=60)
CODES_PER_PERSON = (
    Limit(1, RESEND_AFTER),
    Limit(5, timedelta(hours=1)),
    Limit(10, timedelta(days=1)),
)
CODES_PER_ADDRESS = (
    Limit(30, timedelta(minutes=1)),
    Limit(200, timedelta(hours=1)),
    Limit(1000, timedelta(days=1)),
)
"""Wider than a person's: one address is the whole waiting room of a hospital behind its Wi-Fi."""


def may_read(level: str, what: RecordClass) -> bool:
    return STRENGTH[Level(level)] >= NEEDS[what]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTrust:
    """How far the number that a code went to stands for the person."""

    at_desk_for: timedelta | None = None
    """Since a desk looked at a card and confirmed it."""
    changed: bool = False
    """It took another's place after the last sign-in that was trusted."""
    idle: bool = False
    """Nobody has proved it for so long that it may be somebody else's by now."""


def level_by_code(
    earlier_devices: int, registered_for: timedelta, number: NumberTrust | None
) -> Level:
    """Trust a code fully only on the first device, soon after the hospital took the number down."""
    if number is None or number.changed or number.idle:
        return Level.OTP_LIMITED
    since = min(registered_for, number.at_desk_for or registered_for)
    first = earlier_devices == 0 and since <= FIRST_DEVICE_WITHIN
    return Level.OTP if first else Level.OTP_LIMITED
