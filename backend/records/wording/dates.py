"""Reads the dates of a record as its sender wrote them: partial, exact, or standing for «none»."""

import re
from datetime import datetime
from typing import Final

YEARS: Final = range(1850, 2200)
"""Outside of these a date stands for «none» (.NET's 0001-01-01, 9999-12-31) or is a mistake."""
_DATE: Final = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)(?P<time>T\d\d:\d\d:\d\d(?:\.\d+)?"
    r"(?:Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)
_FRACTION: Final = re.compile(r"\.\d+")
_LEAP_SECOND: Final = re.compile(r":60(?=Z|[+-])")


def as_date(text: str | None) -> str | None:
    """Give a FHIR dateTime as it was sent; None for other text, and for what stands for none."""
    found = _DATE.fullmatch(text or "")
    return text if found and int(found["year"]) in YEARS else None


def stands_for_none(text: str) -> bool:
    """Tell a dateTime of a year in which nobody has a record."""
    found = _DATE.fullmatch(text)
    return bool(found) and as_date(text) is None


def parts_of_date(text: str) -> list[str]:
    """Give year, month and day as they were written, as many as there are."""
    found = _DATE.fullmatch(text)
    assert found, "asked of dates only"
    return [part for part in (found["year"], found["month"], found["day"]) if part]


def exact_instant(text: str) -> datetime | None:
    """Read an exact dateTime; a leap second counts as the one before it (RFC 3339, 5.7).

    Returns:
        None for a partial date, and for an hour or a day that there is not.
    """
    if "T" not in text:
        return None
    try:
        return datetime.fromisoformat(_LEAP_SECOND.sub(":59", _FRACTION.sub("", text)))
    except ValueError:
        return None
