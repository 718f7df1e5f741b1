"""Tells a notice once more where that can help; the answer says nothing of what became of it.

Whether a first text arrived, whether an app got it and whether it was read are the person's. So
staff hear only what their facility itself has said or done, and the hub decides the rest.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from backend.core.database import Row, execute, fetch, fetch_one, fetch_value, new_id
from backend.core.errors import HubError
from backend.core.redis import wake_workers
from backend.gateways.sender import Channel
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import Kind
from backend.notifications.planning.planning import reach_of
from backend.notifications.told import CAUSED_BY_FACILITY, REASON
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.messages.labels import SHOWN
from backend.support.patients.cases import IN_SCOPE, SearchFirst, patient_in_scope
from backend.support.rules import Action, Refusal, SentNotice, helps_again, refusal_to_resend


class NotAgain(HubError):
    """This message cannot be sent once more."""

    status = 409


class ResentJustNow(NotAgain):
    """Staff asked to send the message once more less than 10 minutes ago."""

    code = Refusal.RESENT_JUST_NOW


class TooLate(NotAgain):
    """The message is of no more use to the patient."""

    code = Refusal.TOO_LATE


class CannotBeTold(NotAgain):
    """The message is not told, for a reason that your facility has given. Settle that first."""

    code = Refusal.CANNOT_BE_TOLD


REFUSALS: Final[dict[Refusal, type[NotAgain]]] = {
    Refusal.RESENT_JUST_NOW: ResentJustNow,
    Refusal.TOO_LATE: TooLate,
    Refusal.CANNOT_BE_TOLD: CannotBeTold,
}


async def resend(staff: StaffCaller, notification: UUID, reason: str) -> None:
    """Tell a notice once more, if it was lost and can still arrive.

    Raises:
        SearchFirst: they have not looked its chart up, whether there is such a notice or not.
        NotAgain: one of the reasons above.
    """
    async with audited_action(staff, Action.RESEND, reason) as act:
        asked = await _locked(staff, notification)
        if asked is None:
            raise SearchFirst
        await patient_in_scope(act, asked["patient"])
        act.subject, act.why = notification, reason
        refusal = refusal_to_resend(
            asked["reason"], asked["expires_at"], asked["resent_at"], asked["now"]
        )
        if refusal is not None:
            raise REFUSALS[refusal]
        await execute("UPDATE notification SET resent_at = hub_clock() WHERE id = $1", notification)
        if helps_again(await _sent(asked), asked["now"]):
            await _plan_again(asked)
    await wake_workers()


async def _locked(staff: StaffCaller, notification: UUID) -> Row | None:
    """Lock the notice, so that two who ask at once are answered one after the other."""
    return await fetch_one(
        "SELECT n.id, n.patient, n.facility, n.kind, n.lane, n.expires_at, n.resent_at,"
        f" n.read_at IS NOT NULL AS read, {REASON} AS reason, hub_clock() AS now"
        " FROM notification n JOIN patient p ON p.id = n.patient WHERE n.id = $1 AND"
        f" n.facility = $2 AND {IN_SCOPE} AND {CAUSED_BY_FACILITY} AND n.kind = ANY($3)"
        " FOR UPDATE OF n",
        notification, staff.facility, SHOWN,
    )  # fmt: skip


async def _sent(asked: Row) -> list[SentNotice]:
    rows = await fetch(
        "SELECT d.status, d.reason, d.channel, d.created_at, d.sent_at,"
        " c.wrong_since IS NOT NULL AS to_wrong_number FROM delivery d"
        " LEFT JOIN contact_point c ON c.id = d.contact WHERE d.notification = $1",
        asked["id"],
    )
    return [
        SentNotice(
            kind=Kind(asked["kind"]),
            status=Status(row["status"]),
            reason=row["reason"],
            sent_at=_left_at(row),
            read=asked["read"],
            to_wrong_number=row["to_wrong_number"],
        )
        for row in rows
        if row["status"] in set(Status)
    ]


def _left_at(row: Row) -> datetime:
    left: datetime = row["sent_at"] or row["created_at"]
    return left


async def _plan_again(asked: Row) -> None:
    """Plan a text to the chart's own mobile in use, else a push; nothing where there is neither."""
    reach = await reach_of(asked["patient"])
    device = None if reach.contact or not reach.devices else reach.devices[0]
    if reach.contact is None and device is None:
        return
    made = await fetch_value(
        "INSERT INTO delivery (id, notification, patient, channel, device, contact, status, lane,"
        " due_at, expires_at, facility)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, hub_clock(), $9, $10) RETURNING id",
        new_id(), asked["id"], asked["patient"],
        (Channel.PUSH if device else Channel.SMS).value, device, reach.contact,
        Status.PLANNED.value, asked["lane"], asked["expires_at"], asked["facility"],
    )  # fmt: skip
    await execute(
        "INSERT INTO delivery_event (delivery, status, source, code)"
        " VALUES ($1, $2, 'staff', 'resend')",
        made, Status.PLANNED.value,
    )  # fmt: skip
