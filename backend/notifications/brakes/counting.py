"""Counts, for texts that are due, what their facility and their number have had before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from backend.core.clock import now
from backend.core.crypto.sealing import lookup_hash
from backend.core.database import Row, fetch
from backend.core.settings import load_settings
from backend.notifications.brakes.counts import FACILITIES, FACTS, PREFIXES, WAITING
from backend.notifications.brakes.numbers import open_numbers, prefix_of, reached_under_other_keys
from backend.notifications.brakes.rules import (
    DAY,
    HOUR,
    WAIT_FOR_ROOM,
    Brake,
    Counts,
    DueText,
    Limits,
    Origin,
    brake_on,
    is_spent_by_others,
    origin_of,
)
from backend.notifications.kinds import Kind

_KINDS: Final = {kind.value: kind for kind in Kind}
_BRAKES: Final = frozenset(Brake)
_ORIGINS: Final = {kind.value: origin_of(kind).value for kind in Kind}
PREFIX: Final = "text-prefix"
"""The kind of hash that numbers which begin alike have in common."""
Number: TypeAlias = tuple[UUID, bytes]
"""A facility, and the hash of a number that it texts."""


@dataclass(slots=True)
class Counted:
    """The texts that are booked together, and the counts that each of them changes."""

    texts: list[Row]
    facts: dict[UUID, Row]
    prefixes: dict[UUID, bytes | None]
    """Of each first text: the hash of its prefix; None where the number cannot be read."""
    numbers: dict[UUID, bytes]
    """The hash under the current key, where the number was read."""
    unreadable: set[UUID] = field(default_factory=set)
    """Texts whose number does not open. They are booked, so that the claim ends them."""
    budgets: dict[UUID, int] = field(default_factory=dict)
    limits_of: dict[tuple[UUID, str], Limits] = field(default_factory=dict)
    firsts: dict[UUID, int] = field(default_factory=dict)
    prefix_counts: dict[tuple[UUID, bytes], list[int]] = field(default_factory=dict)
    newly_reached: dict[Number, tuple[bytes | None, bool]] = field(default_factory=dict)
    waiting: dict[Number, Brake] = field(default_factory=dict)
    added: dict[tuple[object, ...], int] = field(default_factory=dict)

    def kind(self, row: Row) -> Kind:
        return _KINDS[row["kind"]]

    def origin(self, row: Row) -> str:
        return _ORIGINS[row["kind"]]

    def number(self, row: Row) -> bytes:
        return self.numbers.get(row["id"]) or bytes(row["number_hash"])

    def prefix(self, row: Row) -> bytes | None:
        return self.prefixes.get(row["id"])

    def will_leave(self, row: Row) -> bool:
        """Tell whether it counts: not what was read in the app, is over, or has no number."""
        return not row["moot"] and row["id"] not in self.unreadable

    def is_first(self, row: Row) -> bool:
        """Tell whether the facility has not reached the number; none is that cannot be read."""
        return self.prefix(row) is not None and self._key(row) not in self.newly_reached

    def brake_on(self, row: Row) -> Brake | None:
        """Say what stands against a text. One that counts already waits for the others alone."""
        if not self.will_leave(row):
            return None
        text = DueText(kind=self.kind(row), first=self.is_first(row), bound=row["bound"])
        counts, limits = self.counts(row), self.limits(row)
        if self.counts_already(row):
            return Brake.UNPROVED if is_spent_by_others(text, counts, limits) else None
        return self.waits(row) or brake_on(text, counts, limits)

    def counts_already(self, row: Row) -> bool:
        """Tell whether the cap over all has held it back before: its facility has spent it."""
        return bool(self.facts[row["id"]]["counts_already"])

    def waits(self, row: Row) -> Brake | None:
        """Give the brake for which an earlier text to the same number waits."""
        before = self.facts[row["id"]]["waits"]
        if not self.is_first(row) or row["bound"]:
            return None
        return self.waiting.get(self._key(row)) or (_brake(before) if before else None)

    def counts(self, row: Row) -> Counts:
        facts, prefix = self.facts[row["id"]], self.prefix(row)
        own, shared, everywhere = (
            self.added.get(key, 0)
            for key in (self._chart(row), self._shared(row), self._everywhere(row))
        )
        of_prefix = self.prefix_counts.get((row["facility"], prefix or b""), [0, 0])
        return Counts(
            chart_hour=facts["chart_hour"] + own,
            chart_day=facts["chart_day"] + own,
            number_hour=facts["number_hour"] + shared,
            number_day=facts["number_day"] + shared,
            unproved_hour=facts["unproved_hour"] + everywhere,
            unproved_day=facts["unproved_day"] + everywhere,
            first_hour=self.firsts.get(row["facility"], 0),
            prefix_hour=of_prefix[0],
            prefix_day=of_prefix[1],
        )

    def limits(self, row: Row) -> Limits:
        key = row["facility"], self.origin(row)
        known = self.limits_of.get(key)
        return known or self.limits_of.setdefault(key, self._limits(*key))

    def _limits(self, facility: UUID, origin: str) -> Limits:
        settings = load_settings()
        return Limits(
            first_per_hour=self.budgets.get(facility, settings.first_texts_per_hour),
            prefix_per_hour=settings.prefix_texts_per_hour,
            prefix_per_day=settings.prefix_texts_per_day,
            chart_per_hour=settings.chart_texts_per_hour,
            chart_per_day=settings.chart_texts_per_day,
            number_per_hour=settings.number_texts_per_hour,
            number_per_day=settings.number_texts_per_day,
            unproved_per_hour=settings.unproved_texts_per_hour,
            unproved_per_day=settings.unproved_texts_per_day,
        ).of(Origin(origin))

    def passes(self, row: Row) -> None:
        """Count a text that leaves against those that follow it."""
        if not self.will_leave(row):
            return
        if not row["bound"]:
            self._adds(self._everywhere(row))
        self._spends(row)

    def _adds(self, *keys: tuple[object, ...]) -> None:
        for key in keys:
            self.added[key] = self.added.get(key, 0) + 1

    def _spends(self, row: Row) -> None:
        """Count a text against what its own facility may send: once, when it first would leave."""
        if self.counts_already(row):
            return
        self._adds(self._chart(row), *([] if row["bound"] else [self._shared(row)]))
        if self.is_first(row):
            self._takes_room(row)
        if not self.facts[row["id"]]["reached"]:
            self.newly_reached.setdefault(
                self._key(row), (self.prefix(row), self.prefix(row) is not None)
            )

    def is_braked(self, row: Row, brake: Brake) -> None:
        """Let a text that waits for room have it before those that follow.

        One that the cap over all holds back counts for its facility as if it had left.
        """
        if brake is Brake.UNPROVED:
            self._spends(row)
        known = self._key(row) in self.waiting or self.facts[row["id"]]["waits"]
        if brake in WAIT_FOR_ROOM and not known:
            self.waiting[self._key(row)] = brake
            self._takes_room(row, of_facility=brake is Brake.FIRST)

    def room_at(self, row: Row, brake: Brake) -> datetime:
        """Give when a cap has room again: when its oldest text leaves the full window."""
        facts, counts, limits = self.facts[row["id"]], self.counts(row), self.limits(row)
        of_day, cap, most = {
            Brake.CHART: (counts.chart_day, "chart", limits.chart_per_day),
            Brake.UNPROVED: (counts.unproved_day, "unproved", limits.unproved_per_day),
        }.get(brake, (counts.number_day, "number", limits.number_per_day))
        hour, day = facts[f"{cap}_hour_since"], facts[f"{cap}_day_since"]
        day_is_full = of_day >= most
        return _later(day, DAY) if day_is_full else _later(hour, HOUR)

    def _takes_room(self, row: Row, *, of_facility: bool = True) -> None:
        if of_facility:
            self.firsts[row["facility"]] = self.firsts.get(row["facility"], 0) + 1
        of_prefix = self.prefix_counts.setdefault(
            (row["facility"], self.prefix(row) or b""), [0, 0]
        )
        of_prefix[0] += 1
        of_prefix[1] += 1

    def _key(self, row: Row) -> Number:
        return row["facility"], self.number(row)

    def _chart(self, row: Row) -> tuple[object, ...]:
        return row["facility"], self.origin(row), row["contact"]

    def _shared(self, row: Row) -> tuple[object, ...]:
        return row["facility"], self.origin(row), self.number(row)

    def _everywhere(self, row: Row) -> tuple[object, ...]:
        return self.origin(row), self.number(row)


async def count_texts(rows: Sequence[Row]) -> Counted:
    """Count for the texts of facilities whose lock is held; what was booked meanwhile is left."""
    if not rows:
        return Counted([], {}, {}, {})
    facts = await fetch(
        FACTS,
        [row["id"] for row in rows],
        [row["facility"] for row in rows],
        [row["contact"] for row in rows],
        [row["number_hash"] for row in rows],
        [_ORIGINS[row["kind"]] for row in rows],
    )
    found = {row["id"]: row for row in facts}
    counted = Counted([row for row in rows if row["id"] in found], found, {}, {})
    await _count_firsts(counted)
    return counted


async def _count_firsts(counted: Counted) -> None:
    opened = await open_numbers([row for row in counted.texts if not row["moot"]])
    counted.unreadable = {row["id"] for row in counted.texts if not row["moot"]} - opened.keys()
    new = [
        row for row in counted.texts
        if row["id"] in opened and not counted.facts[row["id"]]["reached"] and not row["bound"]
    ]  # fmt: skip
    known = await reached_under_other_keys(new, opened)
    for row in new:
        number = opened[row["id"]]
        if row["id"] not in known:
            counted.prefixes[row["id"]] = lookup_hash(PREFIX, prefix_of(number))
            counted.numbers[row["id"]] = lookup_hash("phone", number)
    if first := [row for row in new if row["id"] in counted.prefixes]:
        await _count_room(counted, first)


async def _count_room(counted: Counted, first: Sequence[Row]) -> None:
    facilities = list({row["facility"] for row in first})
    usual = load_settings().first_texts_per_hour
    for row in await fetch(FACILITIES, facilities, usual):
        counted.budgets[row["facility"]] = row["budget"]
        counted.firsts[row["facility"]] = row["hour"]
    wanted = list({(row["facility"], counted.prefixes[row["id"]]) for row in first})
    for row in await fetch(
        PREFIXES, [facility for facility, _ in wanted], [prefix for _, prefix in wanted]
    ):
        counted.prefix_counts[row["facility"], row["prefix_hash"]] = [row["hour"], row["day"]]
    for row in await fetch(WAITING, facilities, Brake.FIRST.value):
        counted.firsts[row["facility"]] += row["of_facility"]
        of_prefix = counted.prefix_counts.setdefault((row["facility"], row["prefix_hash"]), [0, 0])
        of_prefix[0] += row["numbers"]
        of_prefix[1] += row["numbers"]


def _brake(word: str) -> Brake:
    """Read what a text waits for; a word of a newer process counts as the budget."""
    return Brake(word) if word in _BRAKES else Brake.FIRST


def _later(since: datetime | None, window: timedelta) -> datetime:
    return (since or now()) + window
