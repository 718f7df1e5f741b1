"""Whether two descriptions can be of one person: decisions only."""

from backend.auth.identity.demographics import Details

_SOME_DAY = "-01-01"
"""How many systems write a birth date of which only the year is known."""
_YEAR = 4


def same_birth_date(one: str | None, other: str | None) -> bool:
    """Compare at the coarser precision. What only one of them knows is not the same."""
    if one is None or other is None:
        return one is other
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def dates_contradict(one: str | None, other: str | None) -> bool:
    """Tell whether two birth dates cannot be one: 1 January contradicts no day of its year."""
    if one is None or other is None:
        return False
    padded = any(date.endswith(_SOME_DAY) for date in (one, other))
    return not same_birth_date(one[:_YEAR] if padded else one, other)


def conflicts(one: Details, other: Details) -> bool:
    """Tell whether both know the birth date or the sex, and differ."""
    sexes = {one.sex, other.sex} - {"unknown", ""}
    return dates_contradict(one.birth_date, other.birth_date) or len(sexes) > 1
