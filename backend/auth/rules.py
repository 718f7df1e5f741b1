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
IDLE_DEVICE = timedelta(days=180)
REFRESH_AGAIN_WITHIN = timedelta(hours=24)
"""How long a lost answer to a refresh can be had again by the same key."""
PROOF_LIFETIME = timedelta(seconds=60)
PROOF_AHEAD = timedelta(seconds=10)
"""How far a phone's clock may be ahead of ours before it needs a nonce."""
NONCE_LIFETIME = timedelta(seconds=60)
PROOF_REMEMBERED = timedelta(minutes=3)
"""Longer than any proof can be good: its lifetime and a nonce's, whatever the clocks say."""
APPROVAL_LIFETIME = timedelta(minutes=10)
APPROVAL_TRIES = 5
APPROVAL_TOLD_AGAIN = timedelta(days=1)


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


def level_by_code(
    earlier_devices: int, confirmed_for: timedelta, trusted_idle: timedelta | None = None
) -> Level:
    """Trust a code fully on the first device soon after the desk, and on one trusted already.

    Args:
        earlier_devices: how many there were before.
        confirmed_for: since a hospital or its desk last looked at person and number.
        trusted_idle: how long the phone that proves a trusted key was not used; None for others.
    """
    first = earlier_devices == 0 and confirmed_for <= FIRST_DEVICE_WITHIN
    known = trusted_idle is not None and trusted_idle <= IDLE_DEVICE
    return Level.OTP if first or known else Level.OTP_LIMITED


def may_approve(level: str) -> bool:
    """Say whether a session is strong enough to speak for the patient's other ones."""
    return STRENGTH[Level(level)] >= Strength.FULL


def may_have_again(behind: int, since_rotation: timedelta | None, *, bound: bool) -> bool:
    """Say whether a used refresh token is a lost answer, not a copy in other hands.

    Only a key can show that it is the same phone that asks again, so a session without one has no
    grace; and once the successor was used, its answer did arrive.
    """
    return (
        bound
        and behind == 1
        and since_rotation is not None
        and since_rotation <= REFRESH_AGAIN_WITHIN
    )
