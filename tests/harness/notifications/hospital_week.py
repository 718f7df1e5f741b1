"""A week of a large hospital without an app, and the days of thieves, by the rules alone.

All of it is invented; the first digits of the phones are those of the networks of Vietnam.
"""

import random  # noqa: TID251  # an invented hospital, the same at every run
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from backend.core.settings import load_settings
from backend.notifications.brakes.rules import (
    DAY,
    HOUR,
    WAIT_FOR_ROOM,
    Brake,
    Counts,
    DueText,
    Limits,
    brake_on,
)
from backend.notifications.kinds import Kind

NETWORKS = (
    "32", "33", "34", "35", "36", "37", "38", "39", "86", "96", "97", "98", "70", "76", "77", "78",
    "79", "89", "90", "93", "81", "82", "83", "84", "85", "88", "91", "94", "92", "56", "58", "52",
    "99", "59",
)  # fmt: skip
"""Viettel, MobiFone, VinaPhone, Vietnamobile, Gmobile: what follows the country's 84."""
BLOCKS = 120
"""Blocks of ten thousand numbers that the people of one province have."""
PER_DAY, ON_SUNDAY = 2000, 300
ARRIVALS = {
    6: 6, 7: 20, 8: 20, 9: 15, 10: 11, 11: 4, 12: 2, 13: 10, 14: 7, 15: 4, 16: 1,
}  # fmt: skip
"""Of a hundred patients, how many come in each hour: most of them in the morning."""


@dataclass(frozen=True, slots=True)
class TextToBe:
    """One text: when it is due, to whose number, of which kind."""

    at: timedelta
    """After the midnight at which the story begins."""
    chart: int
    kind: Kind


@dataclass(slots=True)
class Hospital:
    """The charts of one facility, each with its number."""

    dice: random.Random
    phones: list[str]
    blocks: list[str]

    @classmethod
    def of_a_province(cls, seed: int) -> "Hospital":
        dice = random.Random(seed)  # noqa: S311  # an invented hospital, the same at every run
        blocks = [f"84{dice.choice(NETWORKS)}{dice.randrange(1000):03}" for _ in range(BLOCKS)]
        return cls(dice, [], blocks)

    def new_chart(self) -> int:
        """Register somebody; one of twelve has the phone of a relative who came before."""
        shared = self.phones and self.dice.random() < 1 / 12
        phone = (
            self.dice.choice(self.phones)
            if shared
            else f"+{self.dice.choice(self.blocks)}{self.dice.randrange(10_000):04}"
        )
        self.phones.append(phone)
        return len(self.phones) - 1


def week(hospital: Hospital, days: int = 7) -> Iterator[TextToBe]:
    """From the Monday on which the hospital begins: it has reached no number before."""
    dice = hospital.dice
    for day in range(days):
        start, known = timedelta(days=day), len(hospital.phones)
        patients = ON_SUNDAY if day % 7 == 6 else PER_DAY
        known_today = min(known, patients * 6 // 10)
        coming = dice.sample(range(known), known_today)
        coming += [hospital.new_chart() for _ in range(patients - known_today)]
        for chart in coming:
            yield from visit(dice, chart, start)
        for _ in range(PER_DAY // 5):
            chart = hospital.new_chart() if day < 2 else dice.randrange(known)
            yield TextToBe(start + timedelta(hours=18), chart, Kind.APPOINTMENT_MOVED)


def visit(dice: random.Random, chart: int, day: timedelta) -> Iterator[TextToBe]:
    """Calls to the counter, results the same day or overnight, the next appointment."""
    hour = dice.choices(list(ARRIVALS), list(ARRIVALS.values()))[0]
    at = day + timedelta(hours=hour, minutes=dice.random() * 60)
    for n in range(dice.choice((2, 2, 3, 3, 4, 5))):
        yield TextToBe(at + timedelta(minutes=10 + 22 * n), chart, Kind.QUEUE_CALLED)
    if dice.random() < 0.5:
        yield TextToBe(at + timedelta(minutes=75), chart, Kind.RESULT_READY)
    if dice.random() < 0.1:
        morning = day + timedelta(days=1, hours=7, seconds=dice.randrange(1200))
        yield TextToBe(morning, chart, Kind.RESULT_READY)
    if dice.random() < 0.3:
        yield TextToBe(at + timedelta(minutes=150), chart, Kind.APPOINTMENT_BOOKED)


def limits() -> Limits:
    """The hub's own."""
    settings = load_settings()
    return Limits(
        first_per_hour=settings.first_texts_per_hour,
        prefix_per_hour=settings.prefix_texts_per_hour,
        prefix_per_day=settings.prefix_texts_per_day,
        chart_per_hour=settings.chart_texts_per_hour,
        chart_per_day=settings.chart_texts_per_day,
        number_per_hour=settings.number_texts_per_hour,
        number_per_day=settings.number_texts_per_day,
        unproved_per_hour=settings.unproved_texts_per_hour,
        unproved_per_day=settings.unproved_texts_per_day,
    )


@dataclass(slots=True)
class Window:
    """How many of each key there were in the last hour and in the last day."""

    seen: dict[object, deque[timedelta]] = field(default_factory=lambda: defaultdict(deque))

    def add(self, key: object, at: timedelta) -> None:
        self.seen[key].append(at)

    def count(self, key: object, at: timedelta) -> tuple[int, int]:
        kept = self.seen[key]
        while kept and kept[0] <= at - DAY:
            kept.popleft()
        return sum(1 for each in kept if each > at - HOUR), len(kept)


@dataclass(slots=True)
class Ledger:
    """What one facility has texted, kept in memory, and decided by the hub's own rules."""

    limits: Limits
    reached: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    counted: Window = field(default_factory=Window)
    left: int = 0
    braked: dict[Brake, int] = field(default_factory=lambda: defaultdict(int))
    first_brake: tuple[timedelta, int] | None = None
    """When the alarm rose, and after how many texts."""
    most_in_an_hour: int = 0
    """First texts, at the fullest moment."""

    def take(self, text: TextToBe, phone: str) -> Brake | None:
        """Let a text leave, or say what stands against it."""
        origin, prefix = DueText(kind=text.kind, first=False, bound=False).origin, phone[:8]
        first = phone not in self.reached
        keys = (("chart", origin, text.chart), ("number", origin, phone), "first", prefix)
        chart, number, firsts, of_prefix = (self.counted.count(key, text.at) for key in keys)
        counts = Counts(
            chart_hour=chart[0], chart_day=chart[1], number_hour=number[0], number_day=number[1],
            first_hour=firsts[0], prefix_hour=of_prefix[0], prefix_day=of_prefix[1],
        )  # fmt: skip
        brake = brake_on(DueText(kind=text.kind, first=first, bound=False), counts, self.limits)
        if brake is not None:
            self.braked[brake] += 1
            self.first_brake = self.first_brake or (text.at, self.left)
            return brake
        self.left += 1
        for key in keys[: 4 if first else 2]:
            self.counted.add(key, text.at)
        self.reached.add(phone)
        self.most_in_an_hour = max(self.most_in_an_hour, firsts[0] + first)
        return None


def play(texts: Iterable[TextToBe], phones: list[str], ledger: Ledger | None = None) -> Ledger:
    """Let all of it happen in the order of time; what waits for room is asked again when it has."""
    ledger = ledger or Ledger(limits())
    waits: deque[TextToBe] = deque()
    for text in sorted(texts, key=lambda each: each.at):
        for _ in range(len(waits)):
            earlier = waits.popleft()
            again = TextToBe(text.at, earlier.chart, earlier.kind)
            if ledger.take(again, phones[earlier.chart]) in WAIT_FOR_ROOM:
                waits.append(earlier)
                break
        if ledger.take(text, phones[text.chart]) in WAIT_FOR_ROOM:
            waits.append(text)
    return ledger
