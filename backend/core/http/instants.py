"""Reads instants that callers write, once and within bounds: nothing behind it can overflow.

A field is text here and not a `datetime`, since Litestar would take a number, or a number in
quotes, for seconds since 1970.
"""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from litestar.params import KwargDefinition
from msgspec import Meta

from backend.core.errors import HubError, Issue

InstantText = Annotated[str, KwargDefinition(format="date-time")]
"""An instant in a request: RFC 3339, with its offset. `instant_in` reads it."""
YEARS: Final = range(1850, 2200)
"""Outside of these an instant is a mistake, or stands for «none» in the sender's system."""
_RFC_3339: Final = Annotated[datetime, Meta(tz=True)]


class UnusableInstant(HubError):
    """A time is written as in RFC 3339, with its offset, and lies in the years 1850 to 2199."""

    code = "unusable_instant"
    status = 400


def instant_in(text: str, path: str) -> datetime:
    """Read an instant from a request.

    Args:
        text: as it was sent.
        path: of the field, as in `$.startsAt`.

    Raises:
        UnusableInstant: it is no RFC 3339 time with an offset, or in a year outside of `YEARS`.
    """
    try:
        read: datetime = msgspec.convert(text, _RFC_3339)
        year = read.astimezone(UTC).year
    except (msgspec.ValidationError, OverflowError) as malformed:
        raise _refused(path) from malformed
    if year not in YEARS:
        raise _refused(path)
    return read


def instant_or_none(text: str | None, path: str) -> datetime | None:
    """Read an instant that may be left out.

    Raises:
        UnusableInstant: as above.
    """
    return None if text is None else instant_in(text, path)


def _refused(path: str) -> UnusableInstant:
    issue = Issue(path, "is not a time as in RFC 3339, of the years 1850 to 2199")
    return UnusableInstant(faults=[issue])
