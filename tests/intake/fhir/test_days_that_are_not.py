"""A date that no calendar has is refused with the message it stands in, and is no fault of ours."""

import pytest

from backend.intake.fhir.model.datatypes import NotUnderstood, first_day, instant


@pytest.mark.parametrize("text", ["2023-02-30", "2023-02-29", "2100-02-29", "2026-11-31"])
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        first_day(text)
    with pytest.raises(NotUnderstood):
        instant(text)


@pytest.mark.parametrize("text", ["0001-01-01", "0000-01-01", "9999-12-31", "1849", "2200-01"])
def test_a_date_that_stands_for_none_is_no_instant(text: str) -> None:
    assert instant(text) is None
