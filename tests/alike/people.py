"""Invented people and numbers, the same for the same seed."""

from dataclasses import dataclass
from random import Random  # noqa: TID251  # the same choices in both worlds

Dice = Random


@dataclass(frozen=True, slots=True)
class Somebody:
    citizen_id: str
    name: str
    birth_date: str
    gender: str
    phones: tuple[str, ...]
    """The first one is used first."""


def a_mobile(dice: Dice) -> str:
    prefix = dice.choice(("90", "91", "93", "96", "97", "98", "32", "70"))
    return f"0{prefix}{dice.randrange(10**7):07}"


def somebody(dice: Dice, phones: int = 2) -> Somebody:
    """Draw a person whose citizen id says the same sex and year of birth."""
    year, female = dice.randrange(1940, 2000), dice.random() < 0.5
    return Somebody(
        citizen_id=f"079{int(female)}{year % 100:02}{dice.randrange(10**6):06}",
        name=dice.choice(("Trần Thị Lan", "Nguyễn Văn Tư", "Lê Minh Hoà", "Phạm Ngọc Ánh")),
        birth_date=f"{year}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
        gender="female" if female else "male",
        phones=tuple(a_mobile(dice) for _ in range(phones)),
    )
