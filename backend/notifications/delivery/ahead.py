"""Keeps what a worker has claimed and not begun: the most urgent first, each until its deadline."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush, nsmallest
from itertools import count
from math import inf
from uuid import UUID

from backend.notifications.delivery.claims import Claim
from backend.notifications.kinds import Lane


@dataclass(frozen=True, slots=True, order=True)
class _Held:
    lane: int
    place: int
    """In the order of arrival; one that was looked at again keeps its own."""
    claim: Claim = field(compare=False)
    known_at: float = field(compare=False)
    """On `time.monotonic()`: right before PostgreSQL was asked what is so."""


@dataclass(slots=True)
class Ahead:
    """The claims that wait for a free slot. All times are of `time.monotonic()`."""

    _held: list[_Held] = field(default_factory=list)
    _places: Iterable[int] = field(default_factory=count)

    def __len__(self) -> int:
        return len(self._held)

    def add(self, claims: Iterable[Claim], known_at: float) -> None:
        """Add claims in their order; each goes behind all others of its lane."""
        for claim, place in zip(claims, self._places, strict=False):
            heappush(self._held, _Held(claim.lane, place, claim, known_at))

    def has(self, last_lane: Lane) -> bool:
        """Tell whether the first one belongs to this lane or a more urgent one."""
        return bool(self._held) and self._held[0].lane <= last_lane

    def pop(self, *, now: float, known_since: float) -> Claim | None:
        """Take the first one; none where it is past its deadline, or its facts are too old.

        Args:
            now: its wire deadline is later than this.
            known_since: older facts do not count.
        """
        if not self._held:
            return None
        first = self._held[0]
        if first.claim.wire_deadline <= now or first.known_at < known_since:
            return None
        return heappop(self._held).claim

    def known_before(self, moment: float, most: int | None = None) -> list[Claim]:
        """List those of which nothing newer is known, of so many that begin next; None for all."""
        first = self._held if most is None else nsmallest(most, self._held)
        return [held.claim for held in first if held.known_at < moment]

    @property
    def first_known_at(self) -> float:
        """Give from when the facts of the next one are; infinity where none waits."""
        return self._held[0].known_at if self._held else inf

    def learn(
        self, asked: Iterable[Claim], changed: Iterable[Claim], gone: set[UUID], known_at: float
    ) -> list[Claim]:
        """Note what was found of those asked for; take out and give what is gone."""
        missing = self._take(lambda held: held.claim.attempt in gone)
        now_so = {claim.attempt: claim for claim in (*asked, *changed)}
        self._held = [
            replace(held, claim=now_so[held.claim.attempt], known_at=known_at)
            if held.claim.attempt in now_so
            else held
            for held in self._held
        ]
        return missing

    def take_late(self, now: float) -> list[Claim]:
        """Take out those past their wire deadline."""
        return self._take(lambda held: held.claim.wire_deadline <= now)

    def take_all(self) -> list[Claim]:
        return self._take(lambda _: True)

    def _take(self, which: Callable[[_Held], bool]) -> list[Claim]:
        taken = [held.claim for held in self._held if which(held)]
        self._held = [held for held in self._held if not which(held)]
        heapify(self._held)
        return taken
