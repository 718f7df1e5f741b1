"""Whether two descriptions can be of one person: decisions only."""

from dataclasses import replace

from backend.auth.identity.demographics import Details


def same_birth_date(one: str | None, other: str | None) -> bool:
    """Compare at the coarser precision. What only one of them knows is not the same."""
    if one is None or other is None:
        return one is other
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def contradicts(one: Details, other: Details) -> bool:
    """Tell whether both know the birth date or the sex, and differ."""
    both_know = one.birth_date is not None and other.birth_date is not None
    sexes = {one.sex, other.sex} - {"unknown"}
    return (both_know and not same_birth_date(one.birth_date, other.birth_date)) or len(sexes) > 1


def better_of(before: Details, after: Details) -> Details:
    """Take the later word, but lose nothing that only the earlier one, or it more exactly, knew."""
    births = [each for each in (after.birth_date, before.birth_date) if each]
    return replace(
        after,
        birth_date=max(births, key=len, default=None),
        sex=before.sex if after.sex == "unknown" else after.sex,
        deceased_at=after.deceased_at or before.deceased_at,
    )
