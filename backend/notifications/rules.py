"""Decides how and when a patient is notified, and whether a delivery is still sent: pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from uuid import UUID

from backend.gateways.sender import Channel
from backend.notifications.delivery_status import Status
from backend.notifications.kinds import GROUPED, GROUPING_WINDOW, DeliveryPolicy, Kind, Urgency

KNOWN_CHANNELS = [channel.value for channel in Channel]
"""What this process can send through. A delivery of another channel is left for a newer process."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The addresses of a patient at this moment."""

    devices: tuple[UUID, ...] = ()
    contact: UUID | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    channel: Channel
    address: UUID
    """The id of a device or a contact point: the address itself is looked up at send time."""
    due_at: datetime
    held: bool = False


def plan_deliveries(
    policy: DeliveryPolicy, reach: Reach, due_at: datetime, ladder: timedelta, quiet: "QuietHours"
) -> list[Planned]:
    """Plan a push to every phone; a text if there is none, or if an important push stays unread."""
    when = due_at if policy.any_hour else quiet.after(due_at)
    planned = [Planned(Channel.PUSH, device, when, when > due_at) for device in reach.devices]
    if reach.contact and (not planned or policy.urgency is Urgency.IMPORTANT):
        text_at = when + ladder if planned and not policy.both_ways else when
        later = text_at if policy.any_hour else quiet.after(text_at)
        planned.append(Planned(Channel.SMS, reach.contact, later, later > text_at or when > due_at))
    return planned


@dataclass(frozen=True, slots=True)
class LastTold:
    """The last notification of a chart that was told by itself, of the kinds told together."""

    id: UUID
    told_at: datetime
    subject: UUID
    untold: bool
    """No delivery of it has left."""


def leading_or_trailing(
    kind: Kind, subject: UUID, last: LastTold | None, now: datetime
) -> tuple[datetime, UUID | None]:  # fmt: skip
    """Tell the first at once; what follows within half an hour becomes one more message.

    Gives when it is told, and what it is told with. What is not yet sent about an older state of
    the same subject is not sent any more: with that nothing is told.
    """
    if kind not in GROUPED or last is None:
        return now, None
    if last.untold and last.subject != subject:
        return now, last.id
    return last.told_at + GROUPING_WINDOW, None


def warning_deliveries(
    policy: DeliveryPolicy, devices: Sequence[UUID], contacts: Sequence[UUID],
    times: Sequence[datetime], ladder: timedelta,
) -> list[Planned]:  # fmt: skip
    """Plan a security notice, at any hour: to every phone and number, at each of these times."""
    wait = ladder if devices and not policy.both_ways else timedelta(0)
    return [
        planned
        for at in times
        for planned in (
            *(Planned(Channel.PUSH, device, at) for device in devices),
            *(Planned(Channel.SMS, contact, at + wait) for contact in contacts),
        )
    ]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The local hours without notifications: from `begins` to `ends`, also over midnight."""

    begins: time
    ends: time
    zone: tzinfo
    spread: timedelta = timedelta(0)
    """How long after `ends` this one waits, so that not all leave in one second."""

    @property
    def never(self) -> bool:
        return self.begins == self.ends

    def after(self, instant: datetime) -> datetime:
        """Give `instant`, or the end of the quiet hours it falls into."""
        local = instant.astimezone(self.zone)
        if self.never or not self._covers(local.time()):
            return instant
        day = local.date() if local.time() < self.ends else local.date() + timedelta(days=1)
        return datetime.combine(day, self.ends, self.zone) + self.spread

    def _covers(self, moment: time) -> bool:
        if self.begins < self.ends:
            return self.begins <= moment < self.ends
        return moment >= self.begins or moment < self.ends


@dataclass(frozen=True, slots=True)
class SendContext:
    """The facts about a delivery at the moment of sending."""

    channel: Channel
    read: bool
    expires_at: datetime
    deceased: bool
    address_live: bool
    inactive: bool = False
    """Its facility says that the chart is not used any more."""
    refused: bool = False
    """The change that it warns of was refused meanwhile."""
    moved: bool = False
    """What it is about is another patient's now: the address is the old one's."""
    kept_back: bool = False
    """Nothing that it tells of can be seen just now: a clinician keeps it back."""
    superseded: bool = False
    """A newer state of the same was told while this waited to be sent."""
    doubted: bool = False
    """An earlier attempt may have reached the phone after all: a receipt must stay welcome."""
    unreadable: bool = False
    """The seal of the address does not open."""


FIRST_TEXTS_SPENT, PREFIX_BURST = "first_texts_spent", "prefix_burst"
UNPROVED_TEXTS_SPENT = "unproved_texts_spent"
"""The last of these rests on what other facilities send: to a facility it is told all the same."""
FACILITY_SUSPENDED = "facility_suspended"
NOT_BY_TIME = (FIRST_TEXTS_SPENT, PREFIX_BURST, FACILITY_SUSPENDED)
"""Why a held delivery does not leave by its due time alone: it waits for room, or for somebody."""
CHART_INACTIVE = "chart_inactive"
ADDRESS_GONE = "address_gone"
"""Why nothing is sent to a number or phone that is the chart's no more."""
NEWER_STATE = "newer_state"
"""Why nothing is sent of a state that a later notice has replaced."""
MERGED = "merged"
"""Why nothing is sent to somebody whose records are another patient's now."""
NEVER_FOUND = (Status.TECHNICAL_FAILURE, "never_found")
"""Where a doubt ends that outlived its message."""
UNREADABLE = (Status.TECHNICAL_FAILURE, "unreadable")
"""Where a delivery ends of which something is stored that cannot be read."""
UNREADABLE_ADDRESS = (Status.TECHNICAL_FAILURE, "address_unreadable")


def suppression(context: SendContext, now: datetime) -> tuple[Status, str] | None:
    """Decide at send time whether a delivery is dropped instead, with which status and reason."""
    doubtful = (
        (context.moved, Status.CANCELLED, MERGED),
        (context.kept_back, Status.SUPPRESSED, "not_released"),
        (context.superseded, Status.SUPERSEDED, NEWER_STATE),
    )
    for true, status, why in doubtful:
        if true:
            return NEVER_FOUND if context.doubted else (status, why)
    silent = {"read_in_app": context.read, "deceased": context.deceased,
              CHART_INACTIVE: context.inactive, "change_refused": context.refused}  # fmt: skip
    for why, is_so in silent.items():
        if is_so:
            return Status.SUPPRESSED, why
    if now >= context.expires_at:
        return NEVER_FOUND if context.doubted else (Status.EXPIRED, "too_late")
    if context.unreadable or not context.address_live:
        return UNREADABLE_ADDRESS if context.unreadable else (Status.SUPPRESSED, ADDRESS_GONE)
    return None


def backoff(attempt: int, jitter: float) -> timedelta:
    """Wait up to 5 s, 10 s, 20 s ... 10 min: full jitter, `jitter` between 0 and 1."""
    return timedelta(seconds=max(1.0, min(600.0, 5.0 * 2 ** min(attempt, 10)) * jitter))
