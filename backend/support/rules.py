"""Decides what each role may do, and when a message may be resent: pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    FACILITY_ADMIN = "facility_admin"
    AUDITOR = "auditor"
    OPERATOR = "operator"


class Action(StrEnum):
    """An action of staff. Every route of support names one."""

    SIGN_OUT = "support.sign_out"
    SEARCH = "support.search"
    READ_MESSAGES = "support.messages"
    RESEND = "support.resend"
    MARK_NUMBER = "support.wrong_number"
    READ_CARD = "support.card"
    MAKE_SLIP = "support.make_slip"
    READ_SLIPS = "support.slips"
    REVOKE_SLIPS = "support.revoke_slips"
    READ_TASKS = "support.tasks"
    SETTLE_TASK = "support.settle_task"
    READ_AUDIT = "support.audit"
    CAREGIVERS = "support.caregivers"
    CONFIRM_NUMBER = "support.number"
    CITIZEN_ID = "support.citizen_id"
    CONFIRM_SLIP = "support.confirm_slip"
    NEW_NUMBER = "support.new_number"
    DEATH = "support.death"
    CONFIRM_HELD = "support.confirm_held"
    REVIEW_MERGES = "support.merges"
    READ_QUARANTINE = "support.quarantine"
    DECIDE_QUARANTINE = "support.decide_message"
    LOST_PHONE = "support.lost_phone"
    LIFT_LOST_PHONE = "support.lift_lost_phone"


_HELP = frozenset({Action.SEARCH, Action.READ_MESSAGES, Action.RESEND, Action.MARK_NUMBER})
_DESK = frozenset(
    {
        Action.READ_CARD, Action.MAKE_SLIP, Action.READ_SLIPS, Action.REVOKE_SLIPS,
        Action.READ_TASKS, Action.SETTLE_TASK, Action.CAREGIVERS,
        Action.CONFIRM_NUMBER, Action.LOST_PHONE, Action.CONFIRM_SLIP, Action.NEW_NUMBER,
        Action.READ_QUARANTINE, Action.CONFIRM_HELD,
    }
)  # fmt: skip

_HEADS = frozenset(
    {Action.CITIZEN_ID, Action.DEATH, Action.REVIEW_MERGES, Action.DECIDE_QUARANTINE}
)
"""Which person a chart is: decided by those who answer for a desk."""

MAY: dict[Role, frozenset[Action]] = {
    Role.AGENT: _HELP | _DESK | {Action.SIGN_OUT},
    Role.SUPERVISOR: _HELP | _DESK | _HEADS | {Action.LIFT_LOST_PHONE, Action.SIGN_OUT},
    Role.FACILITY_ADMIN: _HELP | _DESK | _HEADS | {Action.SIGN_OUT},
    Role.AUDITOR: frozenset({Action.SIGN_OUT, Action.READ_AUDIT}),
    Role.OPERATOR: frozenset({Action.SIGN_OUT}),
}
"""Auditors look at the audit rows and operators after the machines: neither at patients. The same
table stands in docs/staff_roles.md, and a test compares every cell."""


def may(role: Role, action: Action) -> bool:
    return action in MAY[role]


UNDER_WAY = frozenset({Status.HELD, Status.PLANNED, Status.SENDING, Status.IN_DOUBT})
"""It may still reach the phone by itself: another one could be the second."""

REACHED = frozenset({Status.DELIVERED, Status.READ})

QUIET_AFTER_RESEND = timedelta(minutes=10)
SILENT_AFTER_SENT = timedelta(minutes=30)
"""So long a sent message may be without a receipt before it counts as lost."""


WRONG_NUMBER = "wrong_number"
"""Why deliveries stop when somebody says that a number is not the patient's."""


class Refusal(StrEnum):
    RESENT_JUST_NOW = "resent_just_now"
    TOO_LATE = "too_late"
    CANNOT_BE_TOLD = "cannot_be_told"


def refusal_to_resend(
    not_told: str, expires_at: datetime, resent_at: datetime | None, now: datetime
) -> Refusal | None:
    """Give the reason against a resend, or None: by what the facility has said and done alone."""
    if resent_at is not None and now < resent_at + QUIET_AFTER_RESEND:
        return Refusal.RESENT_JUST_NOW
    if now >= expires_at:
        return Refusal.TOO_LATE
    return Refusal.CANNOT_BE_TOLD if not_told else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentNotice:
    """The facts about one delivery of a notice."""

    kind: Kind
    status: Status
    reason: str
    sent_at: datetime
    read: bool
    """The notice was opened in an app."""
    to_wrong_number: bool
    """Its number is known as wrong by now: what was delivered there has not reached the patient."""


def helps_again(deliveries: Sequence[SentNotice], now: datetime) -> bool:
    """Tell whether a notice was lost: nothing of it arrived, and nothing may still arrive."""
    return bool(deliveries) and all(
        _lost(sent) and not _reached(sent) and not _may_still_arrive(sent, now)
        for sent in deliveries
    )


def _reached(sent: SentNotice) -> bool:
    if sent.read or sent.status is Status.READ:
        return True
    return sent.status in REACHED and not sent.to_wrong_number


def _may_still_arrive(sent: SentNotice, now: datetime) -> bool:
    if sent.status in UNDER_WAY:
        return True
    return sent.status is Status.SENT and now < sent.sent_at + SILENT_AFTER_SENT


def _lost(sent: SentNotice) -> bool:
    """It left and did not arrive, or it never left because its number was called wrong."""
    if sent.status is Status.SUPPRESSED:
        return sent.reason == WRONG_NUMBER
    return sent.status in UNDER_WAY | REACHED | {
        Status.SENT, Status.REFUSED, Status.TECHNICAL_FAILURE,
    }  # fmt: skip
