"""Where a number of a chart stands, and who may decide about it: decisions only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend.auth.rules import STRENGTH, Strength, level_of

HOLD = timedelta(hours=24)
"""So long the number before stays in use, and its owner can still say no."""
IDLE_AFTER = timedelta(days=180)
"""Numbers are given to somebody else within weeks: after that, a code proves little."""
KNOWN_FOR = timedelta(days=180)
"""A number that its facility stated within this time is nothing new when it states it again."""
STANDS_AFTER = timedelta(days=30)
"""So long a number that took another's place counts as changed."""
TAKEN_BACK_WITHIN = timedelta(days=7)
"""So long a session that is older than a bound number takes it back."""
STATED_TOLD_ONCE_IN = timedelta(days=30)
PROPOSED_TOLD_ONCE_IN = timedelta(days=1)


class PhoneState(StrEnum):
    PROPOSED = "proposed"
    WAITING = "waiting"
    IN_USE = "in_use"
    IDLE = "idle"
    WRONG = "wrong"
    DECLINED = "declined"
    REPLACED = "replaced"
    NOT_THEIRS = "not_theirs"


OPEN = frozenset({PhoneState.PROPOSED, PhoneState.WAITING})
"""Somebody may still say no."""
LIVE = frozenset({PhoneState.IN_USE, PhoneState.IDLE})
"""Codes and texts go there. An idle number still gets them, but its code opens little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFacts:
    """What is written down about the pair of a chart and a number."""

    confirmed_at: datetime | None
    usable_from: datetime | None
    proved_at: datetime | None
    wrong_since: datetime | None
    declined_at: datetime | None
    replaced_at: datetime | None
    not_theirs_since: datetime | None
    stated_until: datetime | None


def state_of(phone: PhoneFacts, now: datetime) -> PhoneState:
    """Say where a number stands. `phones.IN_USE` says the same of the live ones in SQL."""
    said_no = {
        PhoneState.DECLINED: phone.declined_at,
        PhoneState.NOT_THEIRS: phone.not_theirs_since,
        PhoneState.WRONG: phone.wrong_since,
    }
    for state, since in said_no.items():
        if since:
            return state
    if phone.confirmed_at is None:
        return PhoneState.REPLACED if phone.stated_until else PhoneState.PROPOSED
    if phone.replaced_at and phone.replaced_at <= now:
        return PhoneState.REPLACED
    if phone.usable_from and phone.usable_from > now:
        return PhoneState.WAITING
    known = [phone.confirmed_at, phone.usable_from, phone.proved_at]
    idle = now - IDLE_AFTER > max(moment for moment in known if moment)
    return PhoneState.IDLE if idle else PhoneState.IN_USE


def may_accept(level: str, *, trusted_before: bool) -> bool:
    """Let a code prove a proposed number only to who was trusted before it was proposed."""
    strength = STRENGTH[level_of(level)]
    return strength is Strength.PROVEN or (strength is Strength.FULL and trusted_before)


def may_take_back(bound_for: timedelta, *, older: bool) -> bool:
    """Let a session that is older than a bound number refuse it for seven days."""
    return older and bound_for < TAKEN_BACK_WITHIN
