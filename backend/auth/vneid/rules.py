"""What a verified birth date says about a chart with the same citizen id: decisions only."""

from enum import StrEnum

WHOLE = len("1953-05-02")
SOME_DAY = "-01-01"
"""How many systems write that they know the year only: it contradicts no day of its year."""


class BirthMatch(StrEnum):
    SAME = "same"
    """Both know the whole date: the chart opens."""
    FITS = "fits"
    """One of them knows less, and nothing contradicts: the chart is found."""
    CONTRADICTS = "contradicts"


def match_of(stored: str | None, verified: str | None) -> BirthMatch:
    """Compare a chart's birth date with the verified one, each whole, partial or unknown."""
    if stored is None or verified is None:
        return BirthMatch.FITS
    if stored == verified and len(stored) == WHOLE:
        return BirthMatch.SAME
    length = min(len(_known(stored)), len(_known(verified)))
    fits = stored[:length] == verified[:length]
    return BirthMatch.FITS if fits else BirthMatch.CONTRADICTS


def _known(date: str) -> str:
    return date.removesuffix(SOME_DAY) if len(date) == WHOLE else date
