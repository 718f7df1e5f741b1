"""When somebody turns so old, where the birth date may be known only in part: decisions only."""

from calendar import monthrange
from datetime import date

SEVEN, EIGHTEEN = 7, 18
"""From 7 a child is asked too; at 18 a person speaks for themself (Law 91/2025, Civil Code)."""

_MONTH, _DAY = 7, 10
"""How long `1953-05` and `1953-05-02` are."""


def earliest_birthday(birth: str, age: int) -> date:
    """Give the first day on which this person may be `age`. A leap day counts the day before."""
    year, month = int(birth[:4]) + age, int(birth[5:7]) if len(birth) >= _MONTH else 1
    day = int(birth[8:10]) if len(birth) >= _DAY else 1
    return date(year, month, min(day, _days_in(year, month)))


def latest_birthday(birth: str, age: int) -> date:
    """Give the first day on which this person is surely `age`. A leap day counts the day after."""
    year, month = int(birth[:4]) + age, int(birth[5:7]) if len(birth) >= _MONTH else 12
    born_in = _days_in(int(birth[:4]), month)
    day = int(birth[8:10]) if len(birth) >= _DAY else born_in
    if day <= _days_in(year, month):
        return date(year, month, day)
    return date(year, month + 1, 1)


def may_be(age: int, birth: str | None, today: date) -> bool:
    """Tell whether this person may be so old; of an unknown birth date everything may be."""
    return birth is None or earliest_birthday(birth, age) <= today


def is_surely(age: int, birth: str | None, today: date) -> bool:
    """Tell whether this person is certainly so old; of an unknown birth date nothing is."""
    return birth is not None and latest_birthday(birth, age) <= today


def _days_in(year: int, month: int) -> int:
    return monthrange(year, month)[1]
