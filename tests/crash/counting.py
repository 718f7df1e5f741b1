"""What a run of kills came to: each text once, or not."""

from collections import Counter
from dataclasses import dataclass

from tests.crash.crashing_hub import IN_THE_END, CrashingHub

REFERENCE = 5


@dataclass(frozen=True, slots=True)
class Count:
    """Seen from the phones, from the provider's raw requests and from the hub's own table."""

    expected: int
    texts: int
    doubled: int
    """Texts that a phone has more than once, or that were posted more than once."""
    lost: int
    """Texts that no phone has."""
    strange: int
    """Texts on a phone they were not for, or with a reference of another."""
    unfinished: int
    statuses: dict[str, int]

    @property
    def right(self) -> bool:
        wrong = self.doubled + self.lost + self.strange + self.unfinished
        return wrong == 0 and self.texts == self.expected

    def lines(self) -> list[str]:
        statuses = ", ".join(f"{count} {status}" for status, count in sorted(self.statuses.items()))
        return [
            f"due {self.expected}, texts {self.texts}, doubled {self.doubled}",
            f"lost {self.lost}, strange {self.strange}, unfinished {self.unfinished}",
            f"deliveries: {statuses}",
        ]


async def count(hub: CrashingHub) -> Count:
    accepted = [(each["to"], each["text"][-REFERENCE:]) for each in await hub.texts()]
    posted = Counter(await hub.posts())
    phones, references = Counter(accepted), Counter(reference for _, reference in accepted)
    expected = set(hub.expected.items())
    doubled = {each for counted in (references, posted) for each, n in counted.items() if n > 1}
    statuses = await hub.statuses()
    return Count(
        expected=len(expected),
        texts=len(accepted),
        doubled=len(doubled),
        lost=len(expected - phones.keys()),
        strange=len(phones.keys() - expected),
        unfinished=sum(n for status, n in statuses.items() if status not in IN_THE_END),
        statuses=statuses,
    )
