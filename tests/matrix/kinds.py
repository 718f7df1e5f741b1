"""Who calls, what kinds of endpoints there are, and what each kind answers to each caller.

This is data, written down a second time on purpose: a role, a level or a grant that is widened in
the code does not widen it here.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from backend.auth.facilities.rules import KeyScope
from backend.auth.rules import RecordClass
from backend.support.rules import Action, Role


class Caller(StrEnum):
    """Everybody who may stand at an endpoint."""

    NOBODY = "no token"
    OWNER = "the patient whose record it is"
    LIMITED = "the same, at level otp-limited"
    OTHER = "another patient"
    SUMMARY = "a caregiver with a summary grant"
    FULL = "a caregiver with a full grant"
    ENDED = "a caregiver whose grant was ended"
    OVER = "a caregiver whose grant is over"
    REVIEWED = "a caregiver whose grant waits for a review"
    AGENT = "an agent of the patient's hospital"
    SUPERVISOR = "a supervisor of the patient's hospital"
    FACILITY_ADMIN = "an administrator of the patient's hospital"
    FOREIGN_ADMIN = "an administrator of another hospital"
    UNASKED_AGENT = "an agent who has not looked the patient up"
    HUB_SUPPORT = "the hub's own support, at no facility"
    AUDITOR = "an auditor"
    OPERATOR = "an operator"
    KEY = "a key of the patient's hospital with the needed scope alone"
    FOREIGN_KEY = "the key of another hospital"
    SCOPELESS_KEY = "a key of the hospital with every scope but the needed one"
    OLD_KEY = "a key of the hospital that is over"


class Expected(StrEnum):
    """What an endpoint answers, as far as it is about who asks."""

    COME_IN = "come in"
    AS_YOURSELF = "come in, to what is your own"
    NOT_SIGNED_IN = "not_signed_in"
    STRONGER = "stronger_sign_in_needed"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    SEARCH_FIRST = "search_first"
    NOT_AT_A_DESK = "not_at_a_desk"
    NOT_OF_THE_HUB = "not_of_the_hub"
    NOT_WAITING = "not_waiting"
    WRONG_CODE = "wrong_phone_code"
    WRONG_KEY = "wrong_key"
    KEY_SCOPE = "key_scope"
    NOT_SIGNED = "not_signed"
    LIKE_NOBODY = "the same to everybody"


STATUS: Final[dict[Expected, int]] = {
    Expected.NOT_SIGNED_IN: 401,
    Expected.STRONGER: 403,
    Expected.NOT_FOUND: 404,
    Expected.NOT_ALLOWED: 403,
    Expected.SEARCH_FIRST: 403,
    Expected.NOT_AT_A_DESK: 403,
    Expected.NOT_OF_THE_HUB: 403,
    Expected.NOT_WAITING: 409,
    Expected.WRONG_CODE: 422,
    Expected.WRONG_KEY: 401,
    Expected.KEY_SCOPE: 403,
    Expected.NOT_SIGNED: 403,
}
"""The answers that refuse, each a problem with its word as `code`."""

PATIENTS: Final = (Caller.OWNER, Caller.LIMITED, Caller.OTHER, Caller.SUMMARY, Caller.FULL,
Caller.ENDED, Caller.OVER,
                   Caller.REVIEWED)  # fmt: skip
STAFF: Final[dict[Caller, Role]] = {
    Caller.AGENT: Role.AGENT,
    Caller.SUPERVISOR: Role.SUPERVISOR,
    Caller.FACILITY_ADMIN: Role.FACILITY_ADMIN,
    Caller.FOREIGN_ADMIN: Role.FACILITY_ADMIN,
    Caller.UNASKED_AGENT: Role.AGENT,
    Caller.HUB_SUPPORT: Role.SUPERVISOR,
    Caller.AUDITOR: Role.AUDITOR,
    Caller.OPERATOR: Role.OPERATOR,
}
HELPERS: Final = frozenset({Role.AGENT, Role.SUPERVISOR, Role.FACILITY_ADMIN})
HEADS: Final = frozenset({Role.SUPERVISOR, Role.FACILITY_ADMIN})

ROLES: Final[dict[Action, frozenset[Role]]] = {
    Action.SIGN_OUT: frozenset(Role),
    Action.SEARCH: HELPERS,
    Action.READ_MESSAGES: HELPERS,
    Action.RESEND: HELPERS,
    Action.MARK_NUMBER: HELPERS,
    Action.READ_CARD: HELPERS,
    Action.MAKE_SLIP: HELPERS,
    Action.READ_SLIPS: HELPERS,
    Action.REVOKE_SLIPS: HELPERS,
    Action.READ_TASKS: HELPERS,
    Action.SETTLE_TASK: HELPERS,
    Action.CAREGIVERS: HELPERS,
    Action.CONFIRM_NUMBER: HELPERS,
    Action.LOST_PHONE: HELPERS,
    Action.CONFIRM_SLIP: HELPERS,
    Action.NEW_NUMBER: HELPERS,
    Action.CONFIRM_HELD: HELPERS,
    Action.READ_QUARANTINE: HELPERS,
    Action.CITIZEN_ID: HEADS,
    Action.DEATH: HEADS,
    Action.REVIEW_MERGES: HEADS,
    Action.DECIDE_QUARANTINE: HEADS,
    Action.LIFT_LOST_PHONE: frozenset({Role.SUPERVISOR}),
    Action.READ_AUDIT: frozenset({Role.AUDITOR}),
}
"""AZ-07: which role may do what. A new action gets a line here."""

LIMITED_OPENS: Final = frozenset({RecordClass.APPOINTMENTS, RecordClass.INBOX, RecordClass.DEVICES})
"""What a code on a new phone opens: a stolen SIM gets no further."""
SUMMARY_OPENS: Final = frozenset(
    {
        RecordClass.PROFILE, RecordClass.APPOINTMENTS, RecordClass.MEDICINES,
        RecordClass.ALLERGIES, RecordClass.IMMUNISATIONS, RecordClass.CHANGES,
        RecordClass.TIMELINE,
        RecordClass.SUMMARY,
    }
)  # fmt: skip
"""What a summary grant opens; of each only what is not restricted (`test_records.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint: what it answers to whom, and something it would take."""

    says: Mapping[Caller, Expected]
    body: Any = None
    """An example; `{name}` in its texts stands for one of the world's ids."""
    media_type: str = "application/json"
    scope: KeyScope | None = None
    """The one scope that opens it: the good key has no other, the one without has all others."""
    shows: bool = False
    """Whether the owner's answer must contain something of theirs, or the search proves nothing."""
    or_else: frozenset[str] = frozenset()
    """Codes with which it may refuse for other reasons than who asks."""
    optional: frozenset[str] = frozenset()
    """Fields that the body may have and the example has not."""
    kept: AbstractSet[str] = frozenset({"no-store"})
    """What it may say about being kept by an app or a proxy."""
    query: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)
    """Names of the world's ids, where a part of the path is called otherwise there."""


OTHERS: Final = (
    Caller.OTHER,
    Caller.SUMMARY,
    Caller.FULL,
    Caller.ENDED,
    Caller.OVER,
    Caller.REVIEWED,
)
"""Patients who are not the owner."""
READ: Final = frozenset({"no-store", "private, no-cache"})
"""What a refusal says about being kept, and what a part of a record does."""


def open_to_all(**more: Any) -> Route:
    return Route(says=dict.fromkeys(Caller, Expected.LIKE_NOBODY), **more)


def patient_reads(what: RecordClass, **more: Any) -> Route:
    """`{patient}` is the owner: readable by themselves and by who has a grant."""
    says = dict.fromkeys(Caller, Expected.NOT_SIGNED_IN) | dict.fromkeys(
        PATIENTS, Expected.NOT_FOUND
    )
    says |= {Caller.OWNER: Expected.COME_IN, Caller.FULL: Expected.COME_IN}
    says[Caller.LIMITED] = Expected.COME_IN if what in LIMITED_OPENS else Expected.STRONGER
    says[Caller.SUMMARY] = Expected.COME_IN if what in SUMMARY_OPENS else Expected.NOT_FOUND
    usual: dict[str, Any] = {"shows": True, "kept": READ}
    return Route(says=says, **(usual | more))


def patient_own(what: RecordClass | None = None, **more: Any) -> Route:
    """Nothing in the address says whose: everybody who is signed in gets their own.

    Args:
        what: which level it needs; none for what every session may do.
        more: the other fields of a `Route`.
    """
    says = dict.fromkeys(Caller, Expected.NOT_SIGNED_IN) | dict.fromkeys(
        PATIENTS, Expected.AS_YOURSELF
    )
    says |= {Caller.OWNER: Expected.COME_IN, Caller.LIMITED: _limited(what)}
    return Route(says=says, **more)


def patient_own_thing(what: RecordClass | None = None, **more: Any) -> Route:
    """The address names a thing of the owner's: to everybody else there is no such thing."""
    says = dict.fromkeys(Caller, Expected.NOT_SIGNED_IN) | dict.fromkeys(
        PATIENTS, Expected.NOT_FOUND
    )
    says |= {Caller.OWNER: Expected.COME_IN, Caller.LIMITED: _limited(what)}
    return Route(says=says, **more)


def _limited(what: RecordClass | None) -> Expected:
    return Expected.COME_IN if what is None or what in LIMITED_OPENS else Expected.STRONGER


def but(route: Route, others: Mapping[Caller, Expected]) -> Route:
    """The same endpoint, where some are answered otherwise."""
    return replace(route, says={**route.says, **others})


def staff_does(
    action: Action,
    *,
    foreign: Expected = Expected.NOT_FOUND,
    unasked: Expected = Expected.COME_IN,
    of_the_hub: Expected | None = None,
    **more: Any,
) -> Route:
    """A role that may.

    Args:
        action: looked up in `ROLES`.
        foreign: to staff of another hospital, who meet nobody of this one.
        unasked: to staff who have no open case.
        of_the_hub: to the hub's own support; as to another hospital's staff, unless it is said.
        more: the other fields of a `Route`.
    """
    says = dict.fromkeys(Caller, Expected.NOT_SIGNED_IN)
    special = {
        Caller.FOREIGN_ADMIN: foreign, Caller.UNASKED_AGENT: unasked,
        Caller.HUB_SUPPORT: of_the_hub or foreign,
    }  # fmt: skip
    for who, role in STAFF.items():
        allowed = special.get(who, Expected.COME_IN)
        says[who] = allowed if role in ROLES[action] else Expected.NOT_ALLOWED
    return Route(says=says, **more)


def at_the_chart(
    action: Action, *, of_the_hub: Expected = Expected.NOT_AT_A_DESK, **more: Any
) -> Route:
    """A desk acts on a chart of its own facility, which its staff have looked up."""
    return staff_does(
        action,
        foreign=Expected.SEARCH_FIRST,
        unasked=Expected.SEARCH_FIRST,
        of_the_hub=of_the_hub,
        **more,
    )


def hospital(scope: KeyScope, **more: Any) -> Route:
    """A live key with the scope; another hospital's opens that hospital's own side."""
    says = dict.fromkeys(Caller, Expected.WRONG_KEY)
    says |= {
        Caller.KEY: Expected.COME_IN,
        Caller.FOREIGN_KEY: Expected.AS_YOURSELF,
        Caller.SCOPELESS_KEY: Expected.KEY_SCOPE,
    }
    return Route(says=says, scope=scope, **more)


def provider(**more: Any) -> Route:
    """Only the provider's signature opens it, and nobody here has one."""
    return Route(says=dict.fromkeys(Caller, Expected.NOT_SIGNED), **more)
