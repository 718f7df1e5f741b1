"""How long a provider asks us to wait."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from backend.core.clock import now
from backend.gateways.transport import seconds_asked


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", 0.0),
    ],
)
def test_a_wait_is_read_or_left_out(header: str | None, seconds: float | None) -> None:
    assert seconds_asked(header) == seconds


def test_a_date_is_a_wait_from_now() -> None:
    header = format_datetime(now() + timedelta(seconds=60), usegmt=True)

    seconds = seconds_asked(header)

    assert seconds is not None
    assert 50 < seconds <= 60
