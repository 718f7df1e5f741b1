"""Says what the status of a record means, and which change causes a notice: pure rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LARGEST_RECORD: Final = 1 << 20
"""Bytes of one record at most, as its patient reads it: what FHIR lets one string have. The longest
real report has a hundredth of it. Files have their own way."""
FULL_PAGE: Final = 1 << 20
"""A page goes on while its records have fewer bytes than that. So none has more than this and one
record: an API that sends it does not keep others waiting."""

NOT_EXPECTED = frozenset({"draft", "on-hold", "revoked", "entered-in-error"})
"""An order in one of these has no report to wait for."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order, with the statuses of all reports and measurements that answer it."""

    status: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """The meaning of a status for readers: shown or not, complete or not."""

    shown: bool
    complete: bool


STAGES: dict[str, Stage] = {
    "registered": Stage(shown=True, complete=False),
    "partial": Stage(shown=True, complete=False),
    "preliminary": Stage(shown=True, complete=False),
    "final": Stage(shown=True, complete=True),
    "amended": Stage(shown=True, complete=True),
    "corrected": Stage(shown=True, complete=True),
    "appended": Stage(shown=True, complete=True),
    "cancelled": Stage(shown=False, complete=False),
    "entered-in-error": Stage(shown=False, complete=False),
    "unknown": Stage(shown=True, complete=False),
}
"""The life of a report or a measurement, in FHIR's words: the whole table."""

COMPLETE = frozenset(status for status, stage in STAGES.items() if stage.complete)
"""A report in one of these is complete. Before, it is shown and nobody is told."""
TAKEN_BACK = frozenset(status for status, stage in STAGES.items() if not stage.shown)
"""A report or an observation in one of these is hidden."""
AMENDED = frozenset({"amended", "corrected", "appended"})
"""FHIR's words for a report or a measurement that is not as it was first released."""
AGREED = frozenset({"booked", "arrived", "checked-in", "fulfilled"})
CALLED_OFF = frozenset({"cancelled", "entered-in-error"})
OVER = CALLED_OFF | {"fulfilled", "noshow"}
"""Nobody is expected any more, whatever the hour."""
TAKEN_BACK_FOR: Final = timedelta(days=30)
"""How long calendars are told that an appointment was an error."""


def is_finished(table: str, status: str) -> bool:
    """Tell whether a record is complete; records of most tables always are."""
    return status in COMPLETE or table not in {"result", "observation"}


def told_of_report(before: str | None, after: str, *, differs: bool) -> str | None:
    """Give the notice for a change of a report: `ready`, `corrected` or none.

    `before` is the status that was stored, None when it is new here. What was never complete is
    not corrected, it is ready; what comes back after having been taken back is a correction.
    """
    if after not in COMPLETE or not differs:
        return None
    return "corrected" if before in COMPLETE | TAKEN_BACK else "ready"


def is_correction(before: str | None, after: str, *, differs: bool) -> bool:
    """Tell whether a change marks a report or a measurement as corrected.

    Also without its sender's word for it: another value under `final` is a correction, and what
    was corrected before it first came here is one as well.
    """
    return differs and (
        after in AMENDED or told_of_report(before, after, differs=True) == "corrected"
    )


def told_of_appointment(
    before: tuple[str, datetime] | None, after: tuple[str, datetime], now: datetime
) -> str | None:
    """Give the notice for a change of an appointment: `booked`, `moved`, `cancelled` or none."""
    status, starts_at = after
    was_agreed = before is not None and before[0] in AGREED
    if was_agreed and before is not None and status in CALLED_OFF:
        return "cancelled" if before[1] > now else None
    if status != "booked" or starts_at <= now:
        return None
    if not was_agreed:
        return "booked"
    return "moved" if before is not None and before[1] != starts_at else None


def is_complete(orders: Sequence[Ordered]) -> bool | None:
    """Tell whether all orders of a group are answered; None if no answer is expected."""
    expected = [order for order in orders if order.status not in NOT_EXPECTED]
    return all(map(_is_answered, expected)) if expected else None


def _is_answered(order: Ordered) -> bool:
    """One answer is enough, if none is unfinished; a completed order may have none at all."""
    standing = [answer_status for answer_status in order.answers if answer_status not in TAKEN_BACK]
    if any(answer_status not in COMPLETE for answer_status in standing):
        return False
    return bool(standing) or order.status == "completed"
