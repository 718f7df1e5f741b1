"""Resends a message, but never while the first one may still arrive."""

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, new_id
from backend.core.errors import HubError, NotFound
from backend.core.redis import wake_workers
from backend.gateways.sender import Channel
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from backend.notifications.planning.planning import reach_of
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.rules import Action, Refusal, SentNotice, refusal_to_resend


class NotAgain(HubError):
    """This message cannot be sent once more."""

    status = 409


class StillUnderWay(NotAgain):
    """The message may still arrive: another one could reach the patient twice."""

    code = Refusal.STILL_UNDER_WAY


class AlreadyReached(NotAgain):
    """The message is reported as delivered already, or the patient has read it."""

    code = Refusal.ALREADY_REACHED


class ResentJustNow(NotAgain):
    """The message was sent once more less than 10 minutes ago."""

    code = Refusal.RESENT_JUST_NOW


class TooLate(NotAgain):
    """The message is of no more use to the patient."""

    code = Refusal.TOO_LATE


class NeverRepeated(NotAgain):
    """This message is never repeated: request a new code; a stopped message stays stopped."""

    code = Refusal.NEVER_REPEATED


class NoAddress(NotAgain):
    """The patient has no phone with the app and no confirmed number just now."""

    code = Refusal.NO_ADDRESS


REFUSALS: dict[Refusal, type[NotAgain]] = {
    Refusal.STILL_UNDER_WAY: StillUnderWay,
    Refusal.ALREADY_REACHED: AlreadyReached,
    Refusal.RESENT_JUST_NOW: ResentJustNow,
    Refusal.TOO_LATE: TooLate,
    Refusal.NEVER_REPEATED: NeverRepeated,
    Refusal.NO_ADDRESS: NoAddress,
}


_KINDS: Final = frozenset(kind.value for kind in Kind)
_STATUSES: Final = frozenset(status.value for status in Status)
"""The words of this version. A newer one may have written another: then nobody here knows whether
the message is repeated, or may still arrive."""


class ResentView(Struct, frozen=True, rename="camel"):
    delivery: UUID
    """The new one."""
    channel: str
    reference: str


async def resend(staff: StaffCaller, delivery: UUID, reason: str) -> ResentView:
    """Plan a new delivery of the same notification, due now.

    Raises:
        NotFound: no such delivery, or one of another facility than this person's.
        NotAgain: one of the reasons above.
    """
    async with audited_action(staff, Action.RESEND, reason) as act:
        asked = await _locked(staff, delivery)
        act.patient, act.subject = asked["patient"], delivery
        if asked["kind"] not in _KINDS:
            raise NeverRepeated
        push_to, text_to = await _reach_now(asked)
        refusal = refusal_to_resend(await _told(asked, push_to, text_to), asked["now"])
        if refusal is not None:
            raise REFUSALS[refusal]
        resent = await _plan_again(asked, push_to, text_to)
    await wake_workers()
    return resent


async def _locked(staff: StaffCaller, delivery: UUID) -> Row:
    """Lock the notification, so that two who ask at once are answered one after the other."""
    notification = await fetch_value(
        "SELECT n.id FROM notification n JOIN delivery d ON d.notification = n.id"
        " WHERE d.id = $1 AND ($2::uuid IS NULL OR n.facility = $2) FOR UPDATE OF n",
        delivery, staff.facility,
    )  # fmt: skip
    if notification is None:
        raise NotFound
    row = await fetch_one(
        "SELECT d.id, d.status, d.reason, d.channel, d.device, d.created_at, d.sent_at,"
        " c.wrong_since IS NOT NULL AS to_wrong_number, hub_clock() AS now,"
        " n.id AS notification, n.patient, n.kind, n.lane, n.expires_at,"
        " n.read_at IS NOT NULL AS read"
        " FROM delivery d JOIN notification n ON n.id = d.notification"
        " LEFT JOIN contact_point c ON c.id = d.contact WHERE d.id = $1",
        delivery,
    )
    assert row, "deliveries are not deleted"
    return row


async def _reach_now(asked: Row) -> tuple[UUID | None, UUID | None]:
    """Find the phone it was pushed to, if that still listens; else the confirmed number."""
    reach = await reach_of(asked["patient"])
    if asked["channel"] == Channel.PUSH and asked["device"] in reach.devices:
        return asked["device"], None
    return None, reach.contact


async def _told(asked: Row, push_to: UUID | None, text_to: UUID | None) -> SentNotice:
    others = await fetch(
        "SELECT d.status, d.channel, c.wrong_since IS NOT NULL AS to_wrong_number"
        " FROM delivery d LEFT JOIN contact_point c ON c.id = d.contact"
        " WHERE d.notification = $1 AND d.id <> $2",
        asked["notification"], asked["id"],
    )  # fmt: skip
    if not {asked["status"], *(other["status"] for other in others)} <= _STATUSES:
        raise StillUnderWay
    resent_at: datetime | None = await fetch_value(
        "SELECT max(e.at) FROM delivery_event e JOIN delivery d ON d.id = e.delivery"
        " WHERE d.notification = $1 AND e.source = 'staff' AND e.code = 'resend'",
        asked["notification"],
    )
    return SentNotice(
        kind=Kind(asked["kind"]),
        status=Status(asked["status"]),
        reason=asked["reason"],
        sent_at=asked["sent_at"] or asked["created_at"],
        expires_at=asked["expires_at"],
        read=asked["read"],
        to_wrong_number=asked["to_wrong_number"],
        others=frozenset(Status(other["status"]) for other in others),
        reached_by_text=any(
            other["channel"] == Channel.SMS
            and other["status"] == Status.DELIVERED
            and not other["to_wrong_number"]
            for other in others
        ),
        resent_at=resent_at,
        address=Channel.PUSH if push_to else Channel.SMS if text_to else None,
    )


async def _plan_again(asked: Row, push_to: UUID | None, text_to: UUID | None) -> ResentView:
    channel = Channel.PUSH if push_to else Channel.SMS
    row = await fetch_one(
        "INSERT INTO delivery (id, notification, patient, channel, device, contact, status, lane,"
        " due_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, hub_clock()) RETURNING id, reference",
        new_id(), asked["notification"], asked["patient"], channel.value, push_to, text_to,
        Status.PLANNED.value, asked["lane"],
    )  # fmt: skip
    assert row, "an insert returns its row"
    await execute(
        "INSERT INTO delivery_event (delivery, status, source, code)"
        " VALUES ($1, $2, 'staff', 'resend')",
        row["id"], Status.PLANNED.value,
    )  # fmt: skip
    return ResentView(row["id"], channel.value, row["reference"])
