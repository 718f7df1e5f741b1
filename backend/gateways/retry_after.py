"""Reads how long a provider asks us to wait: seconds, or a date."""

from datetime import UTC
from email.utils import parsedate_to_datetime

from backend.clock import now


def seconds_asked(header: str | None) -> float | None:
    if not header:
        return None
    if header.isascii() and header.strip().isdigit():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - now()).total_seconds())
