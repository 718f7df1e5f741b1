"""Where a person's number stands, and who may decide about it: decisions only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend.auth.rules import STRENGTH, Strength, level_of

HOLD = timedelta(hours=24)
"""So long the number before stays in use, and its owner can still say no."""
IDLE_AFTER = timedelta(days=180)
"""Numbers are given to somebody else within weeks: after that, a code proves little."""


class PhoneState(StrEnum):
    PROPOSED = "proposed"
    WAITING = "waiting"
    IN_USE = "in_use"
    IDLE = "idle"
    WRONG = "wrong"
    DECLINED = "declined"
    REPLACED = "replaced"


OPEN = frozenset({PhoneState.PROPOSED, PhoneState.WAITING})
"""Somebody may still say no."""
LIVE = frozenset({PhoneState.IN_USE, PhoneState.IDLE})
"""Codes and texts go there. An idle number still gets them, but its code opens little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneFacts:
    """What is written down about the pair of a person and a number."""

    confirmed_at: datetime | None
    usable_from: datetime | None
    proved_at: datetime | None
    wrong_since: datetime | None
    declined_at: datetime | None
    replaced_at: datetime | None


def state_of(phone: PhoneFacts, now: datetime) -> PhoneState:
    """Say where a number stands. `phones.IN_USE` says the same of the live ones in SQL."""
    if phone.declined_at:
        return PhoneState.DECLINED
    if phone.wrong_since:
        return PhoneState.WRONG
    if phone.confirmed_at is None:
        return PhoneState.PROPOSED
    if phone.replaced_at and phone.replaced_at <= now:
        return PhoneState.REPLACED
    if phone.usable_from and phone.usable_from > now:
        return PhoneState.WAITING
    known = [phone.confirmed_at, phone.usable_from, phone.proved_at]
    idle = now - IDLE_AFTER > max(each for each in known if each)
    return PhoneState.IDLE if idle else PhoneState.IN_USE


def may_accept(level: str, *, trusted_before: bool) -> bool:
    """Let a code prove a proposed number only to who was trusted before it was proposed."""
    strength = STRENGTH[level_of(level)]
    return strength is Strength.PROVEN or (strength is Strength.FULL and trusted_before)
