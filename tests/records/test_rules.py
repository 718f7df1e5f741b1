"""What is told of a change: over all inputs."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from backend.records.rules import COMPLETE, TAKEN_BACK, told_of_appointment, told_of_report

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
STATUSES = sorted(COMPLETE | TAKEN_BACK | {"registered", "partial", "preliminary", "unknown"})


@given(st.none() | st.sampled_from(STATUSES), st.sampled_from(STATUSES), st.booleans())
def test_only_a_complete_report_that_differs_is_told(
    before: str | None,
    after: str,
    differs: bool,  # noqa: FBT001  # hypothesis gives it by its place
) -> None:
    told = told_of_report(before, after, differs=differs)

    assert (told is not None) == (after in COMPLETE and differs)
    assert told != "corrected" or before is not None


NOW = datetime(2026, 11, 22, 9, 0, tzinfo=HANOI)
APPOINTMENTS = ["proposed", "booked", "arrived", "fulfilled", "cancelled", "noshow",
                "entered-in-error"]  # fmt: skip
times = st.integers(-72, 72).map(lambda hours: NOW + timedelta(hours=hours))


@given(
    st.none() | st.tuples(st.sampled_from(APPOINTMENTS), times),
    st.tuples(st.sampled_from(APPOINTMENTS), times),
)
def test_nobody_is_told_of_an_appointment_that_is_over(
    before: tuple[str, datetime] | None, after: tuple[str, datetime]
) -> None:
    told = told_of_appointment(before, after, NOW)

    if told in {"booked", "moved"}:
        assert after[0] == "booked"
        assert after[1] > NOW
    if told == "cancelled":
        assert before is not None
        assert before[1] > NOW
    assert told_of_appointment(after, after, NOW) is None
