"""An instant in a request is RFC 3339, with its offset, of a year in which somebody lives."""

from datetime import UTC, datetime

import pytest

from backend.core.http.instants import UnusableInstant, instant_in, instant_or_none

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", [
    "2026-11-30T12:00:00Z", "2026-11-30t12:00:00z", "2026-11-30T19:00:00+07:00",
    "2026-11-30T19:00:00+0700", "2026-11-30T12:00:00-00:00", "2026-11-30T12:00:00.0000000Z",
    "2026-11-30T12:00:00.0000000000001Z",
])  # fmt: skip
def test_each_spelling_of_an_instant_is_read(text: str) -> None:
    assert instant_in(text, "$.startsAt") == NOON


@pytest.mark.parametrize("text", [
    "", "now", "1764500000", "1.5e9", "-0", "NaN", "2026-11-30", "2026-11-30T12:00:00",
    "2026-11-30T24:00:00Z", "2026-11-30T12:00:60Z", "2026-11-30T12:60:00Z", "2026-13-01T00:00:00Z",
    "2025-02-29T12:00:00Z", "2100-02-29T12:00:00Z", "2026-11-30T12:00:00+25:00",
    "2026-11-30T12:00:00+07", "2026-11-30T12:00:00+07:00:30", "+002026-11-30T12:00:00Z",
    "20261130T120000Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00", "1849-12-31T23:59:59Z", "1850-01-01T00:00:00+07:00",
    "2199-12-31T23:59:59-01:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.9999999Z", "2026-11-30T12:00:00Z\n", "\u0662026-11-30T12:00:00Z",
    "2026-11-30T12:00:00Z" + "0" * 400,
])  # fmt: skip
def test_anything_else_is_refused_with_the_place_of_the_field(text: str) -> None:
    with pytest.raises(UnusableInstant) as refused:
        instant_in(text, "$.startsAt")

    assert [fault.path for fault in refused.value.faults] == ["$.startsAt"]
    assert text not in refused.value.faults[0].message or not text


def test_an_instant_that_is_left_out_is_none() -> None:
    assert instant_or_none(None, "$.endsAt") is None
