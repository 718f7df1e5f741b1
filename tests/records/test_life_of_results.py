"""From partial to corrected to taken back: what is shown, what is hidden, what is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.records.rules import (
    COMPLETE,
    NOT_EXPECTED,
    STAGES,
    TAKEN_BACK,
    Ordered,
    is_complete,
    told_of_report,
)

OPEN, DONE, GONE = "shown, not told", "shown and told", "hidden"
MEANS = {
    "registered": OPEN, "partial": OPEN, "preliminary": OPEN, "unknown": OPEN,
    "final": DONE, "amended": DONE, "corrected": DONE, "appended": DONE,
    "cancelled": GONE, "entered-in-error": GONE,
}  # fmt: skip
TOLD = {
    (None, OPEN): None, (None, DONE): "ready", (None, GONE): None,
    (OPEN, OPEN): None, (OPEN, DONE): "ready", (OPEN, GONE): None,
    (DONE, OPEN): None, (DONE, DONE): "corrected", (DONE, GONE): None,
    (GONE, OPEN): None, (GONE, DONE): "corrected", (GONE, GONE): None,
}  # fmt: skip
"""From what it was to what it is: all that can happen, written down a second time."""


@pytest.mark.parametrize("status", MEANS)
def test_a_status_means_what_is_written_down(status: str) -> None:
    means = MEANS[status]

    assert (status in COMPLETE) == (means == DONE)
    assert (status in TAKEN_BACK) == (means == GONE)
    assert set(STAGES) == set(MEANS)


@pytest.mark.parametrize("after", MEANS)
@pytest.mark.parametrize("before", [None, *MEANS])
def test_every_step_tells_what_is_written_down(before: str | None, after: str) -> None:
    expected = TOLD[before and MEANS[before], MEANS[after]]

    assert told_of_report(before, after, differs=True) == expected
    assert told_of_report(before, after, differs=False) is None


statuses = st.sampled_from(sorted(STAGES))
orders = st.builds(
    Ordered,
    st.sampled_from(["active", "completed", *sorted(NOT_EXPECTED)]),
    st.lists(statuses, max_size=4).map(tuple),
)


@given(st.lists(orders, max_size=5))
def test_a_group_is_complete_when_every_order_that_counts_is(group: list[Ordered]) -> None:
    counting = [each for each in group if each.status not in NOT_EXPECTED]
    alone = [is_complete([each]) for each in counting]

    assert is_complete(group) is (None if not counting else all(alone))


@given(orders, statuses)
def test_an_unfinished_answer_keeps_an_order_open(order: Ordered, status: str) -> None:
    more = Ordered(order.status, (*order.answers, status))

    if order.status not in NOT_EXPECTED and status not in COMPLETE | TAKEN_BACK:
        assert is_complete([more]) is False
    if status in TAKEN_BACK:
        assert is_complete([more]) == is_complete([order])


def test_a_completed_order_needs_no_report_and_an_active_one_does() -> None:
    assert is_complete([Ordered("completed")]) is True
    assert is_complete([Ordered("active")]) is False
    assert is_complete([Ordered("active", ("final",)), Ordered("active")]) is False
    assert is_complete([Ordered("active", ("final",)), Ordered("revoked")]) is True
