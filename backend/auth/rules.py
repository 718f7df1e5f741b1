"""How strongly somebody has signed in, what that opens, and how often one may try."""

from dataclasses import dataclass
from datetime import datetime, timedelta
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


NEEDS = {
    RecordClass.PROFILE: Strength.FULL,
    RecordClass.INBOX: Strength.LIMITED,
    RecordClass.APPOINTMENTS: Strength.LIMITED,
    RecordClass.RESULTS: Strength.FULL,
    RecordClass.MEDICINES: Strength.FULL,
    RecordClass.DEVICES: Strength.LIMITED,
    RecordClass.ACCESS_LOG: Strength.FULL,
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
CODES_PER_DEVICE = CODES_PER_PERSON
CODES_FOR_SCANNERS = (Limit(2, timedelta(minutes=1)), Limit(10, timedelta(hours=1)))
"""For a place that was seen asking for neighbouring numbers."""

WRONG_IN_A_ROW = 20
"""Wrong codes for one citizen id, over all its challenges and for ever, until codes are closed."""

NEIGHBOURS = Limit(20, timedelta(hours=1))
"""Different citizen ids of one block of a thousand that are asked for, until that is a scan."""
NEIGHBOURS_FROM_ONE_PLACE = Limit(2, timedelta(hours=1))
"""How many of such a block one place may ask for and still not be where the scan comes from."""
COHORT = Limit(300, timedelta(hours=1))
"""The same for one province, sex and year of birth: a million numbers."""

PREFIX_DIGITS = 7
PUMPED_FROM, PUMPED_BELOW = 30, 0.2
GUESSED_FROM, GUESSED_ABOVE = 200, 0.8


class Withheld(StrEnum):
    """Why no code was sent to somebody who could have had one."""

    CLOSED = "codes_closed"
    NOBODYS = "no_facility"
    NOT_MOBILE = "not_mobile"
    NUMBER = "number_too_often"
    ACCOUNT = "account_too_often"
    PREFIX = "prefix_burst"
    MINUTE = "minute_spent"
    DAY = "day_spent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent before, as far as it counts against the next code."""

    number_hour: int = 0
    number_day: int = 0
    account_hour: int = 0
    account_day: int = 0
    prefix_hour: int = 0
    prefix_day: int = 0
    everybody_minute: int = 0
    everybody_day: int = 0
    last_to_number: datetime | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What texts with codes may cost before the brake is on."""

    per_minute: int
    per_day: int
    per_prefix: int


def why_withheld(sent: Sent, budget: Budget) -> Withheld | None:
    """Say what stands against one more code; the narrowest reason first."""
    _, hour, day = (each.times for each in CODES_PER_PERSON)
    spent = {
        Withheld.NUMBER: sent.number_hour >= hour or sent.number_day >= day,
        Withheld.ACCOUNT: sent.account_hour >= hour or sent.account_day >= day,
        Withheld.PREFIX: sent.prefix_hour >= budget.per_prefix
        or sent.prefix_day >= 2 * budget.per_prefix,
        Withheld.MINUTE: sent.everybody_minute >= budget.per_minute,
        Withheld.DAY: sent.everybody_day >= budget.per_day,
    }
    return next((why for why, is_so in spent.items() if is_so), None)


def due_at(asked_at: datetime, last_to_number: datetime | None) -> datetime:
    """Let a minute pass between two codes to one phone: a family that shares it waits in turn."""
    if last_to_number is None:
        return asked_at
    return max(asked_at, last_to_number + RESEND_AFTER)


def seems_pumped(sent: int, used: int) -> bool:
    """See texts that nobody turns into a sign-in: somebody earns from sending them."""
    return sent >= PUMPED_FROM and used < sent * PUMPED_BELOW


def seems_guessed(asked: int, unknown: int) -> bool:
    """See too many citizen ids that nobody has."""
    return asked >= GUESSED_FROM and unknown > asked * GUESSED_ABOVE


def may_read(level: str, what: RecordClass) -> bool:
    return STRENGTH[Level(level)] >= NEEDS[what]


def level_by_code(earlier_devices: int, registered_for: timedelta) -> Level:
    """Trust a code fully only on the first device, soon after the hospital took the number down."""
    first = earlier_devices == 0 and registered_for <= FIRST_DEVICE_WITHIN
    return Level.OTP if first else Level.OTP_LIMITED
