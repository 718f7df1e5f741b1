"""Whom B speaks about, which phones it holds, and what its desk has seen so far."""

from dataclasses import dataclass, field
from typing import Any, Final

from httpx import Response

from tests.alike.people import Dice, Somebody, a_mobile, somebody

WHY: Final = "calls about a missing message"
SEEN: Final = {"proof": "card", "reason": WHY}


@dataclass
class Cast:
    """Whom B speaks about, and the phones that B holds."""

    dice: Dice
    person: Somebody
    """Known at A and C too, in one of the two worlds."""
    others: list[Somebody]
    phones: list[str]
    contacts: list[tuple[str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    slips: list[tuple[str, str, str]] = field(default_factory=list)
    """Slips that the desk has made: chart, slip, code."""
    grants: list[tuple[str, str]] = field(default_factory=list)
    searched: dict[str, str] = field(default_factory=dict)
    """By what the desk has looked somebody up last."""
    count: int = 0

    def next(self) -> int:
        self.count += 1
        return self.count

    def one(self) -> Somebody:
        """Choose somebody: the person in two of three cases."""
        return self.person if self.dice.random() < 2 / 3 else self.dice.choice(self.others)

    def number(self, who: Somebody) -> str:
        """Give one of the two own numbers that B has for somebody."""
        place = [self.person, *self.others].index(who)
        return f"B{place:03}{self.dice.choice('11112')}"


def a_cast(dice: Dice) -> Cast:
    person = somebody(dice, phones=3)
    return Cast(
        dice, person, [somebody(dice) for _ in range(2)], [a_mobile(dice) for _ in range(3)]
    )


def said_in(answer: Response) -> dict[str, Any]:
    """Give an answer's JSON object; an empty one where there is none."""
    if "json" not in answer.headers.get("content-type", "") or not answer.content:
        return {}
    said = answer.json()
    return said if isinstance(said, dict) else {}


def ids_in(said: Any, name: str) -> list[str]:
    """Collect the values of a field, wherever it stands in an answer."""
    if isinstance(said, dict):
        own = [said[name]] if isinstance(said.get(name), str) else []
        return own + [each for value in said.values() for each in ids_in(value, name)]
    return (
        [each for value in said for each in ids_in(value, name)] if isinstance(said, list) else []
    )
