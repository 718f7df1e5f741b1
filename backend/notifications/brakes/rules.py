"""Decides whether a text may leave now: caps of a chart, the prefix brake, the budget of firsts."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from backend.notifications.delivery_status import Status
from backend.notifications.kinds import CODES, OF_RECORDS, POLICIES, Kind, Urgency
from backend.notifications.rules import FIRST_TEXTS_SPENT, PREFIX_BURST, UNPROVED_TEXTS_SPENT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PREFIX_DIGITS = 7
"""Of E.164 without the plus: country, network and three more. Ten thousand numbers share them."""


class Origin(StrEnum):
    """On whose word a text leaves: none of them spends what another may send."""

    CODE = "code"
    FACILITY = "facility"
    HUB = "hub"


class Brake(StrEnum):
    """What stands against a text, as its delivery says it."""

    FIRST = FIRST_TEXTS_SPENT
    PREFIX = PREFIX_BURST
    CHART = "chart_texts_spent"
    NUMBER = "number_texts_spent"
    UNPROVED = UNPROVED_TEXTS_SPENT


WARNED_PER_HOUR, WARNED_PER_DAY = 5, 10
"""Security notices to one number that nobody has shown to be theirs: whoever states it for invented
people, at however many facilities, makes no bombs of them."""
WAIT_FOR_ROOM = frozenset({Brake.FIRST, Brake.PREFIX})
"""The brakes whose texts wait for room of their facility, or until support lets them go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many texts may leave before a brake is on."""

    first_per_hour: int
    prefix_per_hour: int
    prefix_per_day: int
    chart_per_hour: int
    chart_per_day: int
    number_per_hour: int
    number_per_day: int
    unproved_per_hour: int
    unproved_per_day: int

    def of(self, origin: Origin) -> "Limits":
        """Give those that hold for texts of this origin."""
        if origin is not Origin.HUB:
            return self
        return replace(
            self,
            number_per_hour=min(self.number_per_hour, WARNED_PER_HOUR),
            number_per_day=min(self.number_per_day, WARNED_PER_DAY),
            unproved_per_hour=min(self.unproved_per_hour, WARNED_PER_HOUR),
            unproved_per_day=min(self.unproved_per_day, WARNED_PER_DAY),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DueText:
    """The facts about one text that is due."""

    kind: Kind
    first: bool
    """Its facility has not reached the number before."""
    bound: bool
    """The person has shown that the number is theirs: nobody else's texts count against it."""

    @property
    def origin(self) -> Origin:
        return origin_of(self.kind)


@dataclass(slots=True, kw_only=True)
class Counts:
    """What left before, as far as it counts against one text."""

    chart_hour: int = 0
    chart_day: int = 0
    number_hour: int = 0
    """Of all charts of the facility that have the number."""
    number_day: int = 0
    unproved_hour: int = 0
    """Of all facilities, to charts for which nobody has shown that the number is theirs."""
    unproved_day: int = 0
    first_hour: int = 0
    """First texts of the facility, with those that wait."""
    prefix_hour: int = 0
    prefix_day: int = 0


def origin_of(kind: Kind) -> Origin:
    if kind in CODES:
        return Origin.CODE
    return Origin.FACILITY if kind in OF_RECORDS else Origin.HUB


def brake_on(text: DueText, counts: Counts, limits: Limits) -> Brake | None:
    """Say what stands against one more text: of its own facility's sending first, then of all.

    So a facility is told of its own brakes whatever others have sent to the number.
    A code has caps of its own (`auth.credentials.rules`), so that no other text can use them up.
    """
    capped = text.origin is not Origin.CODE
    stated = not text.bound
    spent = {
        Brake.CHART: capped and (counts.chart_hour >= limits.chart_per_hour
                                 or counts.chart_day >= limits.chart_per_day),
        Brake.NUMBER: capped and stated and (counts.number_hour >= limits.number_per_hour
                                             or counts.number_day >= limits.number_per_day),
        Brake.PREFIX: stated and text.first and (counts.prefix_hour >= limits.prefix_per_hour
                                                 or counts.prefix_day >= limits.prefix_per_day),
        Brake.FIRST: stated and text.first and counts.first_hour >= limits.first_per_hour,
        Brake.UNPROVED: is_spent_by_others(text, counts, limits),
    }  # fmt: skip
    return next((brake for brake, is_on in spent.items() if is_on), None)


def is_spent_by_others(text: DueText, counts: Counts, limits: Limits) -> bool:
    """Tell whether all facilities together have sent enough to a number that nobody has proved."""
    spent = (
        counts.unproved_hour >= limits.unproved_per_hour
        or counts.unproved_day >= limits.unproved_per_day
    )
    return text.origin is not Origin.CODE and not text.bound and spent


def instead(
    kind: Kind, brake: Brake, expires_at: datetime, room_at: datetime
) -> tuple[Status, datetime]:
    """Say what becomes of a braked text, and when it is looked at again.

    A code is asked for anew. A call to a counter that a cap stops is of no use an hour later.
    What waits for room of its facility keeps its place, and expires as it would have.
    """
    if kind in CODES:
        return Status.SUPPRESSED, room_at
    if brake in WAIT_FOR_ROOM:
        return Status.HELD, expires_at
    late = room_at >= expires_at or POLICIES[kind].urgency is Urgency.AT_ONCE
    return (Status.SUPPRESSED if late else Status.HELD), room_at
