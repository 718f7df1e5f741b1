"""When everything is there that was ordered together: decisions only."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.records.rules import COMPLETE, TAKEN_BACK

NOT_EXPECTED = frozenset({"draft", "on-hold", "revoked", "entered-in-error"})
"""An order in one of these has no report to wait for."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order, and the statuses of all reports and measurements that answer it."""

    status: str
    answers: tuple[str, ...] = ()


def is_complete(orders: Sequence[Ordered]) -> bool | None:
    """Tell whether a group of orders is answered in full; None when nothing is waited for."""
    expected = [each for each in orders if each.status not in NOT_EXPECTED]
    return all(map(_is_answered, expected)) if expected else None


def _is_answered(order: Ordered) -> bool:
    """One answer is enough, if none is unfinished; a completed order may have none at all."""
    standing = [each for each in order.answers if each not in TAKEN_BACK]
    if any(each not in COMPLETE for each in standing):
        return False
    return bool(standing) or order.status == "completed"
