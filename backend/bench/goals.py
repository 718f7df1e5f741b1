"""The goals of the benches as data, and which of them what was measured misses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final


class Bound(StrEnum):
    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure of a bench should be."""

    work: str
    figure: str
    """The name of the figure; a star stands for any part of it."""
    bound: Bound
    value: float

    def is_met(self, measured: float) -> bool:
        if self.bound is Bound.AT_LEAST:
            return measured >= self.value
        return measured <= self.value


@dataclass(frozen=True, slots=True)
class Judgement:
    """One goal, and what was measured for it."""

    goal: Goal
    measured: float

    @property
    def is_met(self) -> bool:
        return self.goal.is_met(self.measured)

    def line(self) -> str:
        wanted = f"{self.goal.bound} {self.goal.value:g}"
        return f"{self.goal.work}: {self.measured:.3g}, the goal is {wanted}"


IMPORT_BEFORE: Final = 0.03
"""Of a bare script that inserts a row for each resource: `hub import` at commit 7d66b437."""

GOALS: Final = (
    Goal("event accepted, 16 clients, of bare", "accept.16 clients.ratio", Bound.AT_LEAST, 0.5),
    Goal("event accepted, 64 clients, of bare", "accept.64 clients.ratio", Bound.AT_LEAST, 0.6),
    Goal("event accepted, 16 clients, p99 in ms", "accept.16 clients.p99", Bound.AT_MOST, 20),
    Goal("Bundle of 8 resources, of bare", "intake.Bundle taken in.ratio", Bound.AT_LEAST, 0.2),
    Goal("hub import, times as fast as at 7d66b437", "import.times_before", Bound.AT_LEAST, 5),
    Goal("SMS, provider 0 ms, of the bare SDK", "deliver.SMS 0 ms.ratio", Bound.AT_LEAST, 0.55),
    Goal("SMS, provider 50 ms, of the bare SDK", "deliver.SMS 50 ms.ratio", Bound.AT_LEAST, 0.9),
    Goal("SMS, provider 100 ms, of the bare SDK", "deliver.SMS 100 ms.ratio", Bound.AT_LEAST, 0.9),
    Goal("push, 100 in flight, of firebase-admin", "deliver.push 0 ms.ratio", Bound.AT_LEAST, 3),
    Goal(
        "accept and deliver at once, of accept alone", "both.accepted beside.ratio",
        Bound.AT_LEAST, 0.75,
    ),
    Goal("idle worker, full hub, PostgreSQL cores", "idle.postgres_cores", Bound.AT_MOST, 0.03),
    Goal("accept p50, full hub, of an empty one", "accept sizes.*.ratio", Bound.AT_MOST, 1.15),
    Goal("read p50, full hub, of an empty one", "read sizes.*.ratio", Bound.AT_MOST, 1.15),
    Goal("texts sent, full hub, of an empty one", "deliver sizes.*.ratio", Bound.AT_LEAST, 0.85),
    Goal("page read, bearer, of bare", "read.signed in, bearer.ratio", Bound.AT_LEAST, 0.6),
    Goal("page read, DPoP, of bare", "read.signed in, DPoP.ratio", Bound.AT_LEAST, 0.45),
    Goal("page of 5 charts, of one", "read charts.5 charts.ratio", Bound.AT_LEAST, 0.8),
    Goal(
        "read p50, many patients, of few", "read patients.*.ratio", Bound.AT_MOST, 1.25
    ),
    Goal("memory of the API, MB", "*.api_megabytes", Bound.AT_MOST, 200),
    Goal("memory of the worker, MB", "*.worker_megabytes", Bound.AT_MOST, 200),
)  # fmt: skip


def judged(figures: Mapping[str, float]) -> Iterator[Judgement]:
    """Judge each goal by the worst figure that was measured for it; leave out the others."""
    for goal in GOALS:
        measured = [value for name, value in figures.items() if fnmatchcase(name, goal.figure)]
        if measured:
            worst = min if goal.bound is Bound.AT_LEAST else max
            yield Judgement(goal, worst(measured))


def missed(figures: Mapping[str, float]) -> list[Judgement]:
    return [judgement for judgement in judged(figures) if not judgement.is_met]


def not_measured(figures: Mapping[str, float]) -> list[Goal]:
    """Give the goals for which a run of everything has no figure."""
    return [goal for goal in GOALS if not any(fnmatchcase(name, goal.figure) for name in figures)]
