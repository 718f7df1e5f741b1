"""Levels of sign-in, what each level opens, and the limits of attempts: pure rules."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum


class Level(StrEnum):
    """The strength of a sign-in."""

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
_LEVELS = frozenset(level.value for level in Level)


def level_of(word: str) -> Level:
    """Read a stored level; one of a newer version opens what the lowest opens."""
    return Level(word) if word in _LEVELS else Level.OTP_LIMITED


class RecordClass(StrEnum):
    """A class of data that a level of sign-in opens."""

    PROFILE = "profile"
    TIMELINE = "timeline"
    INBOX = "inbox"
    APPOINTMENTS = "appointments"
    RESULTS = "results"
    MEDICINES = "medicines"
    VISITS = "visits"
    CONDITIONS = "conditions"
    ALLERGIES = "allergies"
    IMMUNISATIONS = "immunisations"
    DOCUMENTS = "documents"
    CHANGES = "changes"
    SUMMARY = "summary"
    DEVICES = "devices"
    ACCESS_LOG = "access-log"
    CAREGIVERS = "caregivers"
    PHONES = "phones"
    DOSES = "doses"
    """What one says of one's own doses. The doses themselves are of `medicines`."""


NEEDS = {
    RecordClass.PROFILE: Strength.FULL,
    RecordClass.TIMELINE: Strength.FULL,
    RecordClass.INBOX: Strength.LIMITED,
    RecordClass.APPOINTMENTS: Strength.LIMITED,
    RecordClass.RESULTS: Strength.FULL,
    RecordClass.MEDICINES: Strength.FULL,
    RecordClass.VISITS: Strength.FULL,
    RecordClass.CONDITIONS: Strength.FULL,
    RecordClass.ALLERGIES: Strength.FULL,
    RecordClass.IMMUNISATIONS: Strength.FULL,
    RecordClass.DOCUMENTS: Strength.FULL,
    RecordClass.CHANGES: Strength.FULL,
    RecordClass.SUMMARY: Strength.FULL,
    RecordClass.DEVICES: Strength.LIMITED,
    RecordClass.ACCESS_LOG: Strength.FULL,
    RecordClass.CAREGIVERS: Strength.FULL,
    RecordClass.PHONES: Strength.FULL,
    RecordClass.DOSES: Strength.FULL,
}
"""Levels x record classes: the whole table. A stolen SIM opens appointments and inbox, no more."""


class Scope(StrEnum):
    """The extent to which a grant opens a record."""

    OWN = "own"
    FULL = "full"
    SUMMARY = "summary"


_IN_SUMMARY = frozenset(
    {
        RecordClass.PROFILE, RecordClass.APPOINTMENTS, RecordClass.MEDICINES,
        RecordClass.ALLERGIES, RecordClass.IMMUNISATIONS, RecordClass.CHANGES,
        RecordClass.TIMELINE,
        RecordClass.SUMMARY,
    }
)  # fmt: skip

OPENS: dict[Scope, frozenset[RecordClass]] = {
    Scope.OWN: frozenset(RecordClass),
    Scope.FULL: _IN_SUMMARY | {
        RecordClass.RESULTS, RecordClass.VISITS, RecordClass.CONDITIONS, RecordClass.DOCUMENTS,
    },
    Scope.SUMMARY: _IN_SUMMARY,
}  # fmt: skip
"""Scopes x record classes: the whole table. What a grant does not name stays the patient's own:
inbox, devices, caregivers, and who read what."""

CODE_LIFETIME = timedelta(minutes=5)
TRIES = 5
ACCESS_LIFETIME = timedelta(minutes=10)
SESSION_IDLE = timedelta(days=30)
SESSION_LONGEST = timedelta(days=180)
FIRST_DEVICE_WITHIN = timedelta(days=30)
VNEID_LIFETIME = timedelta(minutes=10)
"""How long somebody may be away at the provider."""
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
    """A limit: so many attempts in so long."""

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
CODES_ASKED_PER_ADDRESS = (Limit(90, timedelta(minutes=1)), Limit(600, timedelta(hours=1)))
"""Also those that are refused: what each asks for is looked at, and may raise an alarm."""
CODES_PER_DEVICE = CODES_PER_PERSON
CODES_PER_NUMBER = (Limit(20, timedelta(hours=1)), Limit(40, timedelta(days=1)))
"""For one phone number, whomever they are for: a family shares one, and each has an id."""
TRIES_PER_ADDRESS = (Limit(300, timedelta(minutes=1)), Limit(3000, timedelta(hours=1)))
TRIES_PER_DEVICE = (Limit(100, timedelta(hours=1)), Limit(200, timedelta(days=1)))
TRIES_PER_NUMBER = (Limit(60, timedelta(hours=1)), Limit(120, timedelta(days=1)))
"""Codes that are shown, right or wrong. Five kill a challenge and twenty close a pair: these stop
who tries many pairs."""
CODES_FOR_SCANNERS = (Limit(2, timedelta(minutes=1)), Limit(10, timedelta(hours=1)))
"""For a place that was seen asking for neighbouring numbers."""

STEP_UP_LIFETIME = timedelta(minutes=15)
"""How long restricted records are open after their owner has proved anew who holds the phone."""

SLIP_LIFETIME = timedelta(hours=72)
SLIP_TRIES = 5
SLIPS_PER_ADDRESS = (Limit(20, timedelta(minutes=1)), Limit(200, timedelta(hours=1)))
"""One address is a whole waiting room here too; a code of 60 bits does not need less."""


INVITATION_LIFETIME = timedelta(hours=24)
INVITATIONS_OFFERED = (Limit(10, timedelta(days=1)),)
INVITATIONS_TRIED = (Limit(10, timedelta(hours=1)), Limit(30, timedelta(days=1)))

PRINT_LIFETIME = timedelta(days=90)
"""How long the code on a printed summary can be checked. Older than that, a summary is no news."""
PRINTS_PER_PERSON = (Limit(10, timedelta(hours=1)), Limit(30, timedelta(days=1)))
PRINT_CHECKS_PER_ADDRESS = (Limit(20, timedelta(minutes=1)), Limit(200, timedelta(hours=1)))


def may_read(level: str, record_class: RecordClass) -> bool:
    return STRENGTH[level_of(level)] >= NEEDS[record_class]


def levels_that_read(record_class: RecordClass) -> list[Level]:
    return [level for level in Level if may_read(level, record_class)]


def scopes_that_open(record_class: RecordClass) -> list[Scope]:
    return [scope for scope, classes in OPENS.items() if record_class in classes]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTrust:
    """How much a phone number that received a code proves about the person."""

    at_desk_for: timedelta | None = None
    """Since a desk looked at a card and confirmed it."""
    changed: bool = False
    """It took another's place after the last sign-in that was trusted."""
    idle: bool = False
    """Nobody has proved it for so long that it may be somebody else's by now."""


def level_by_code(
    earlier_devices: int,
    registered_for: timedelta,
    number: NumberTrust | None,
    trusted_idle: timedelta | None = None,
) -> Level:
    """Give the level of a sign-in by code: full only on a first or an already trusted device.

    Args:
        earlier_devices: how many there were before.
        registered_for: since a hospital first told of the person.
        number: how far the number that the code went to stands for the person.
        trusted_idle: how long the phone that proves a trusted key was not used; None for others.
    """
    if number is None or number.changed or number.idle:
        return Level.OTP_LIMITED
    since = min(registered_for, number.at_desk_for or registered_for)
    first = earlier_devices == 0 and since <= FIRST_DEVICE_WITHIN
    known = trusted_idle is not None and trusted_idle <= IDLE_DEVICE
    return Level.OTP if first or known else Level.OTP_LIMITED


VNEID_LEVEL = 2
"""Of an account that the police have checked in person. Level 1 proves nothing here."""


def is_proof_by_vneid(account_level: int) -> bool:
    return account_level >= VNEID_LEVEL


def is_proven(level: Level) -> bool:
    """Tell whether a session rests on more than a code: a paper at a desk, or VNeID."""
    return STRENGTH[level] is Strength.PROVEN


def may_approve(level: str) -> bool:
    """Tell whether a session is strong enough to approve the patient's other sessions."""
    return STRENGTH[level_of(level)] >= Strength.FULL


def at_most_full(level: Level) -> Level:
    """Give what an approval gives at most: nobody has shown a paper on the new phone."""
    return Level.OTP if STRENGTH[level] > Strength.FULL else level


def may_have_again(behind: int, since_rotation: timedelta | None, *, bound: bool) -> bool:
    """Tell whether a used refresh token is a retry after a lost answer, not a stolen copy.

    Only a key can show that it is the same phone that asks again, so a session without one has no
    grace; and once the successor was used, its answer did arrive.
    """
    return (
        bound
        and behind == 1
        and since_rotation is not None
        and since_rotation <= REFRESH_AGAIN_WITHIN
    )
