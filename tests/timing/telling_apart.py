"""How well two classes of answers can be told apart by the time they took."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MOST_MS = 0.5
MOST_AUC = 0.55


@dataclass(frozen=True, slots=True)
class Compared:
    """One class against the ids that nobody has."""

    median_ms: float
    apart_ms: float
    auc: float
    """0.5: a coin would know as much. Which of the two is slower does not matter."""

    @property
    def is_indistinguishable(self) -> bool:
        return self.apart_ms < MOST_MS and self.auc < MOST_AUC


def compare(ours: Sequence[float], strangers: Sequence[float]) -> Compared:
    middle, other = median(ours) * 1000, median(strangers) * 1000
    return Compared(middle, abs(middle - other), _auc(ours, strangers))


def _auc(ours: Sequence[float], strangers: Sequence[float]) -> float:
    """Give the chance that the slower of two is the one somebody would guess (Mann-Whitney)."""
    ranked = sorted(strangers)
    wins = sum(bisect_left(ranked, each) + bisect_right(ranked, each) for each in ours) / 2
    area = wins / (len(ours) * len(strangers))
    return max(area, 1 - area)
