"""Whether one more code is sent, and what looks like an attack: decisions only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend.auth.rules import CODES_PER_PERSON, RESEND_AFTER, Limit

WRONG_IN_A_MONTH = 20
"""Wrong codes for one pair of a citizen id and a number within 30 days, until it is closed."""
CLOSED_FOR = timedelta(days=30)
"""To devices that have reached no chart with the pair."""
NUMBERS_OF_ONE = Limit(20, timedelta(hours=1))
"""Different phone numbers typed beside one citizen id, until that is a scan."""

NEIGHBOURS = Limit(20, timedelta(hours=1))
"""Different citizen ids of one block of a thousand that are asked for, until that is a scan."""
NEIGHBOURS_FROM_ONE_PLACE = Limit(2, timedelta(hours=1))
"""How many of such a block one place may ask for and still not be where the scan comes from."""
COHORT = Limit(300, timedelta(hours=1))
"""The same for one province, sex and year of birth: a million numbers."""

PUMPED_FROM, PUMPED_BELOW = 30, 0.2
GUESSED_FROM, GUESSED_ABOVE = 200, 0.8


class Withheld(StrEnum):
    """Why no code was sent to somebody who could have had one."""

    CLOSED = "codes_closed"
    NOBODYS = "no_facility"
    INACTIVE = "chart_inactive"
    DECEASED = "deceased"
    DISCREET = "slip_only"
    NEEDS_DESK = "needs_desk"
    NOT_IN_USE = "not_in_use"
    NOT_MOBILE = "not_mobile"
    NUMBER = "number_too_often"
    PAIR = "pair_too_often"
    UNREADABLE = "unreadable"


class Total(StrEnum):
    """What all codes together should not exceed: an alarm, and no reason to withhold one."""

    MINUTE = "minute"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentCodes:
    """What was sent before, as far as it counts against the next code."""

    number_hour: int = 0
    number_day: int = 0
    pair_hour: int = 0
    pair_day: int = 0
    everybody_minute: int = 0
    everybody_day: int = 0
    last_to_number: datetime | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """What all texts with codes may cost before there is an alarm."""

    per_minute: int
    per_day: int


def why_withheld(sent: SentCodes) -> Withheld | None:
    """Say what stands against one more code; the narrowest reason first."""
    _, hour, day = (one.times for one in CODES_PER_PERSON)
    spent = {
        Withheld.NUMBER: sent.number_hour >= hour or sent.number_day >= day,
        Withheld.PAIR: sent.pair_hour >= hour or sent.pair_day >= day,
    }
    return next((why for why, is_so in spent.items() if is_so), None)


def exceeded(sent: SentCodes, budget: Budget) -> list[Total]:
    """Say which totals one more code exceeds."""
    spent = {
        Total.MINUTE: sent.everybody_minute >= budget.per_minute,
        Total.DAY: sent.everybody_day >= budget.per_day,
    }
    return [total for total, is_so in spent.items() if is_so]


def due_at(asked_at: datetime, last_to_number: datetime | None) -> datetime:
    """Let a minute pass between two codes to one phone: a family that shares it waits in turn."""
    if last_to_number is None:
        return asked_at
    return max(asked_at, last_to_number + RESEND_AFTER)


def is_sms_pumping(sent: int, used: int) -> bool:
    """See texts that nobody turns into a sign-in: somebody earns from sending them."""
    return sent >= PUMPED_FROM and used < sent * PUMPED_BELOW


def is_enumeration(asked: int, unknown: int) -> bool:
    """See too many citizen ids that nobody has."""
    return asked >= GUESSED_FROM and unknown > asked * GUESSED_ABOVE
